import { isUnlimited, rolesAt } from "./accessControl.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import type { AzureState, IssuedToken } from "./state.ts";

export const permissionType = "Microsoft.Authorization/permissions";

/** What the caller may do at a scope, one entry a role; asking needs a role that may read permissions. */
export function answerPermissions(
  state: AzureState,
  { scope }: ArmPath,
  _request: SandboxRequest,
  caller: IssuedToken,
): SandboxResponse {
  const everything = { actions: ["*"], notActions: [], dataActions: [], notDataActions: [] };
  const roles = isUnlimited(state, caller) ? [everything] : rolesAt(state, caller.principalId, scope);
  return jsonResponse(200, {
    value: roles.map(({ actions, notActions, dataActions, notDataActions }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions,
    })),
  });
}
