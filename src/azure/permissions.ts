import type { AzurePermission } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { AzureError } from "./azureError.ts";
import type { Rest } from "./rest.ts";

/** Newest stable version of "Permissions - List For Resource Group" and "... For Resource". */
const apiVersion = "2022-04-01";

/**
 * What the caller's role assignments give at a resource group or a resource, inherited ones too, one entry a role. Deny assignments,
 * policies and locks do not show. Throws `AzureError` or `AzureSignInError`.
 */
export async function listPermissions(arm: Rest, scope: string): Promise<AzurePermission[]> {
  const entries = await arm.list({
    doing: `Reading what may be done at ${scope}`,
    path: `${scopePath(scope)}/providers/Microsoft.Authorization/permissions?api-version=${apiVersion}`,
  });
  return entries.filter(isRecord).map(({ actions, notActions }) => ({
    actions: strings(actions),
    notActions: strings(notActions),
  }));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(one => typeof one === "string") : [];
}

/** Encoded; a dot segment would be a request to another scope. */
function scopePath(scope: string): string {
  const segments = scope.split("/").slice(1);
  if (segments.length < 2 || segments.some(one => one === "" || one === "." || one === ".."))
    throw new AzureError(`"${scope}" is not the id of a resource or a resource group.`, { kind: "badRequest" });
  return segments.map(one => `/${encodeURIComponent(one)}`).join("");
}
