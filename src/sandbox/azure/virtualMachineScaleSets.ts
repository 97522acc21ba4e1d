import { isRecord } from "../../core/kubernetes.ts";
import { armError, methodNotAllowed, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { identityWithId } from "./identities.ts";
import { pageResponse } from "./paging.ts";
import { jsonBody } from "./requestBody.ts";
import type { AzureState, SimulatedVirtualMachineScaleSet } from "./state.ts";
import { sameName } from "./state.ts";

export const scaleSetType = "Microsoft.Compute/virtualMachineScaleSets";

export function scaleSetId(
  set: Pick<SimulatedVirtualMachineScaleSet, "subscriptionId" | "resourceGroup" | "name">,
): string {
  return `/subscriptions/${set.subscriptionId}/resourceGroups/${set.resourceGroup}/providers/${scaleSetType}/${set.name}`;
}

function scaleSetJson(state: AzureState, set: SimulatedVirtualMachineScaleSet) {
  const assigned = set.identities.map(id => {
    const identity = identityWithId(state, id);
    return [id, identity ? { principalId: identity.principalId, clientId: identity.clientId } : {}];
  });
  return {
    name: set.name,
    id: scaleSetId(set),
    type: scaleSetType,
    location: set.location,
    tags: {},
    ...(assigned.length === 0
      ? {}
      : { identity: { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(assigned) } }),
    sku: { name: "Standard_D4s_v5", tier: "Standard", capacity: 3 },
    properties: { singlePlacementGroup: false, upgradePolicy: { mode: "Manual" }, provisioningState: "Succeeded" },
  };
}

/** As it is reported by users of pod identity, whose MIC meets it when an AzureIdentity names what is not there. */
function identityNotFound(set: SimulatedVirtualMachineScaleSet, id: string): SandboxResponse {
  const inner = JSON.stringify({ error: { code: "BadRequest", message: `Resource '${id}' was not found.` } });
  return armError(
    400,
    "FailedIdentityOperation",
    `Identity operation for resource '${scaleSetId(set)}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '${inner}'.'.`,
  );
}

function patch(state: AzureState, set: SimulatedVirtualMachineScaleSet, request: SandboxRequest): SandboxResponse {
  const read = jsonBody(request);
  if ("refusal" in read) return read.refusal;
  const { identity } = read.body;
  if (isRecord(identity)) {
    const wanted = isRecord(identity.userAssignedIdentities) ? identity.userAssignedIdentities : {};
    const missing = Object.entries(wanted).find(
      ([id, value]) => value !== null && identityWithId(state, id) === undefined,
    );
    if (missing) return identityNotFound(set, missing[0]);
    const isIn = (ids: readonly string[], id: string) => ids.some(one => sameName(one, id));
    const removed = Object.keys(wanted).filter(id => wanted[id] === null);
    const kept = set.identities.filter(id => !isIn(removed, id));
    const added = Object.keys(wanted).filter(id => wanted[id] !== null && !isIn(kept, id));
    const none = typeof identity.type === "string" && !/UserAssigned/i.test(identity.type);
    set.identities = none ? [] : [...kept, ...added];
  }
  return jsonResponse(200, scaleSetJson(state, set));
}

/** The nodes of a pool, with the identities that MIC or AKS assigned to them: list, get, and PATCH, where null takes an identity away. */
export function answerScaleSets(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  const { method } = request;
  const inReach = state.virtualMachineScaleSets.filter(
    set =>
      sameName(set.subscriptionId, path.subscriptionId) &&
      (path.resourceGroup === undefined || sameName(set.resourceGroup, path.resourceGroup)),
  );
  if (path.collection) {
    if (method !== "GET") return methodNotAllowed(method);
    const toJson = (set: SimulatedVirtualMachineScaleSet) => scaleSetJson(state, set);
    return pageResponse(request, inReach, { pageSize: state.pageSize, nameOf: scaleSetId, toJson });
  }
  if (method !== "GET" && method !== "PATCH") return methodNotAllowed(method);
  const set = inReach.find(one => sameName(one.name, path.names[0] ?? ""));
  if (set === undefined) return resourceNotFound(scaleSetType, path.names.join("/"), path.resourceGroup ?? "");
  return method === "PATCH" ? patch(state, set, request) : jsonResponse(200, scaleSetJson(state, set));
}
