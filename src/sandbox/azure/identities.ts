import { methodNotAllowed, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";
import { jsonResponse } from "./http.ts";
import { pageResponse } from "./paging.ts";
import type { AzureState, SimulatedIdentity } from "./state.ts";
import { sameName } from "./state.ts";

export const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** Answered ids have `resourcegroups` in lower case, whatever was asked (seen in every recording). */
export function identityId(identity: SimulatedIdentity): string {
  return `/subscriptions/${identity.subscriptionId}/resourcegroups/${identity.resourceGroup}/providers/${identityType}/${identity.name}`;
}

export function findIdentity(state: AzureState, path: ArmPath): SimulatedIdentity | undefined {
  return state.identities.find(
    identity =>
      sameName(identity.subscriptionId, path.subscriptionId) &&
      sameName(identity.resourceGroup, path.resourceGroup ?? "") &&
      sameName(identity.name, path.names[0] ?? ""),
  );
}

/** An identity on the wire's names. */
export function identityJson(identity: SimulatedIdentity) {
  return {
    location: identity.location,
    tags: identity.tags,
    id: identityId(identity),
    name: identity.name,
    type: identityType,
    properties: {
      tenantId: identity.tenantId,
      principalId: identity.principalId,
      clientId: identity.clientId,
    },
  };
}

/** User-assigned identities: list by subscription and by resource group, get. */
export function answerIdentities(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  if (path.collection) {
    const listed = state.identities.filter(
      identity =>
        sameName(identity.subscriptionId, path.subscriptionId) &&
        (path.resourceGroup === undefined || sameName(identity.resourceGroup, path.resourceGroup)),
    );
    return pageResponse(request, listed, { pageSize: state.pageSize, nameOf: identityId, toJson: identityJson });
  }
  const identity = findIdentity(state, path);
  if (identity === undefined) return resourceNotFound(identityType, path.names.join("/"), path.resourceGroup ?? "");
  return jsonResponse(200, identityJson(identity));
}
