import { isRecord } from "../../core/kubernetes.ts";
import { armError, methodNotAllowed, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { identityWithId } from "./identities.ts";
import { pageResponse } from "./paging.ts";
import { jsonBody } from "./requestBody.ts";
import type { AzureState, SimulatedMachine } from "./state.ts";
import { sameName } from "./state.ts";

export function machineId(machine: Omit<SimulatedMachine, "location" | "identities">): string {
  return `/subscriptions/${machine.subscriptionId}/resourceGroups/${machine.resourceGroup}/providers/${machine.type}/${machine.name}`;
}

function machineJson(state: AzureState, machine: SimulatedMachine) {
  const assigned = machine.identities.map(id => {
    const identity = identityWithId(state, id);
    return [id, identity ? { principalId: identity.principalId, clientId: identity.clientId } : {}];
  });
  return {
    name: machine.name,
    id: machineId(machine),
    type: machine.type,
    location: machine.location,
    tags: {},
    ...(assigned.length === 0
      ? {}
      : { identity: { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(assigned) } }),
    // MIC dereferences it without asking whether it is there.
    properties: { provisioningState: "Succeeded" },
  };
}

/** As it is reported by users of pod identity, whose MIC meets it when an AzureIdentity names what is not there. */
function identityNotFound(machine: SimulatedMachine, id: string): SandboxResponse {
  const inner = JSON.stringify({ error: { code: "BadRequest", message: `Resource '${id}' was not found.` } });
  return armError(
    400,
    "FailedIdentityOperation",
    `Identity operation for resource '${machineId(machine)}' failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Response: '${inner}'.'.`,
  );
}

function patch(state: AzureState, machine: SimulatedMachine, request: SandboxRequest): SandboxResponse {
  const read = jsonBody(request);
  if ("refusal" in read) return read.refusal;
  const { identity } = read.body;
  if (isRecord(identity)) {
    const wanted = isRecord(identity.userAssignedIdentities) ? identity.userAssignedIdentities : {};
    const given = Object.keys(wanted).filter(id => wanted[id] !== null);
    const missing = given.find(id => identityWithId(state, id) === undefined);
    if (missing !== undefined && state.unknownIdentities === "refused") return identityNotFound(machine, missing);
    const isIn = (ids: readonly string[], id: string) => ids.some(one => sameName(one, id));
    const removed = Object.keys(wanted).filter(id => wanted[id] === null);
    const kept = machine.identities.filter(id => !isIn(removed, id));
    const none = typeof identity.type === "string" && !/UserAssigned/i.test(identity.type);
    machine.identities = none ? [] : [...kept, ...given.filter(id => !isIn(kept, id))];
  }
  return jsonResponse(200, machineJson(state, machine));
}

/**
 * Scale sets and virtual machines with the identities that MIC or AKS assigned to them: list, get, and PATCH, where null
 * takes an identity away.
 */
export function answerMachines(
  type: SimulatedMachine["type"],
): (state: AzureState, path: ArmPath, request: SandboxRequest) => SandboxResponse {
  return (state, path, request) => {
    const { method } = request;
    const inReach = state.machines.filter(
      machine =>
        machine.type === type &&
        sameName(machine.subscriptionId, path.subscriptionId) &&
        (path.resourceGroup === undefined || sameName(machine.resourceGroup, path.resourceGroup)),
    );
    if (path.collection) {
      if (method !== "GET") return methodNotAllowed(method);
      const toJson = (machine: SimulatedMachine) => machineJson(state, machine);
      return pageResponse(request, inReach, { pageSize: state.pageSize, nameOf: machineId, toJson });
    }
    if (method !== "GET" && method !== "PATCH") return methodNotAllowed(method);
    const machine = inReach.find(one => sameName(one.name, path.names[0] ?? ""));
    if (machine === undefined) return resourceNotFound(type, path.names.join("/"), path.resourceGroup ?? "");
    return method === "PATCH" ? patch(state, machine, request) : jsonResponse(200, machineJson(state, machine));
  };
}
