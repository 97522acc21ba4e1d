import { methodNotAllowed, parentResourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";
import { jsonResponse } from "./http.ts";
import { findIdentity, identityId, identityType } from "./identities.ts";
import { machineId } from "./machines.ts";
import { queryOf } from "./paging.ts";
import type { AzureState } from "./state.ts";
import { sameName } from "./state.ts";

export const associatedResourcesType = `${identityType}/listAssociatedResources`;

function resourceJson(state: AzureState, id: string) {
  const [, , subscriptionId = "", , resourceGroup = "", , namespace = "", type = "", name = ""] = id.split("/");
  const subscription = state.subscriptions.get(subscriptionId.toLowerCase());
  return {
    id,
    name,
    type: `${namespace}/${type}`.toLowerCase(),
    resourceGroup,
    subscriptionId,
    subscriptionDisplayName: subscription?.displayName ?? "",
  };
}

/** The resources that have an identity assigned. In previews of the service only, and in no client library since. */
export function answerAssociatedResources(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "POST") return methodNotAllowed(request.method);
  const identity = findIdentity(state, path);
  if (identity === undefined) {
    return parentResourceNotFound(
      "read",
      associatedResourcesType,
      `${path.scope}/providers/${identityType}/${path.names[0]}`,
    );
  }
  const query = queryOf(request);
  const wanted = /^contains\(name, *'([^']*)'\)$/i.exec(query.get("$filter") ?? "")?.[1];
  const machines = state.machines.filter(machine => machine.identities.some(id => sameName(id, identityId(identity))));
  const ids = [...machines.map(machineId), ...(identity.associatedResources ?? [])];
  const found = ids
    .map(id => resourceJson(state, id))
    .filter(one => wanted === undefined || one.name.toLowerCase().includes(wanted.toLowerCase()));
  const from = Number(query.get("$skip") ?? 0) + Number(query.get("$skiptoken") ?? 0);
  const size = Math.min(Number(query.get("$top") ?? state.pageSize), state.pageSize);
  const next = new URL(request.url);
  next.searchParams.set("$skiptoken", String(Number(query.get("$skiptoken") ?? 0) + size));
  return jsonResponse(200, {
    totalCount: found.length,
    value: found.slice(from, from + size),
    ...(from + size < found.length ? { nextLink: next.href } : {}),
  });
}
