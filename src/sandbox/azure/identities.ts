import { isRecord } from "../../core/kubernetes.ts";
import { armError, methodNotAllowed, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { emptyResponse, jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { apiVersionOf, pageResponse } from "./paging.ts";
import { jsonBody } from "./requestBody.ts";
import type { AzureState, SimulatedIdentity } from "./state.ts";
import { sameName } from "./state.ts";

export const identityType = "Microsoft.ManagedIdentity/userAssignedIdentities";

/** Answered ids have `resourcegroups` in lower case, whatever was asked (seen in every recording). */
export function identityId(identity: Pick<SimulatedIdentity, "subscriptionId" | "resourceGroup" | "name">): string {
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

/** The identity with this resource id, in any case. */
export function identityWithId(state: AzureState, id: string): SimulatedIdentity | undefined {
  return state.identities.find(identity => sameName(identityId(identity), id));
}

/** What later api-versions added: their answers have it, those of earlier ones do not. */
function addedProperties(apiVersion: string) {
  return {
    ...(apiVersion >= "2024-11-30" ? { isolationScope: "None" } : {}),
    ...(apiVersion >= "2026-05-31" ? { assignmentRestrictions: { providers: [] } } : {}),
  };
}

/** An identity on the wire's names. */
export function identityJson(identity: SimulatedIdentity, apiVersion = "2023-01-31") {
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
      ...addedProperties(apiVersion),
    },
  };
}

function readTags(value: unknown): Record<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, tag]) => [key, String(tag)]));
}

function put(state: AzureState, path: ArmPath, request: SandboxRequest, apiVersion: string): SandboxResponse {
  const read = jsonBody(request);
  if ("refusal" in read) return read.refusal;
  const { location } = read.body;
  if (typeof location !== "string" || location === "") {
    return armError(400, "LocationRequired", "The location property is required for this definition.");
  }
  const tags = readTags(read.body.tags) ?? {};
  const present = findIdentity(state, path);
  if (present !== undefined) {
    if (!sameName(present.location, location)) {
      return armError(
        409,
        "InvalidResourceLocation",
        `The resource '${present.name}' already exists in location '${present.location}' in resource group '${present.resourceGroup}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
      );
    }
    present.tags = tags;
    return jsonResponse(200, identityJson(present, apiVersion));
  }
  const created: SimulatedIdentity = {
    subscriptionId: path.subscriptionId,
    resourceGroup: path.resourceGroup ?? "",
    name: path.names[0] ?? "",
    location,
    tags,
    tenantId: state.subscriptions.get(path.subscriptionId.toLowerCase())?.tenantId ?? "",
    principalId: state.nextId(),
    clientId: state.nextId(),
    credentials: [],
    writeInFlight: false,
  };
  state.identities.push(created);
  return jsonResponse(201, identityJson(created, apiVersion), { location: identityId(created) });
}

/** User-assigned identities: list by subscription and by resource group, get, create or replace, change tags, delete. */
export function answerIdentities(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  const apiVersion = apiVersionOf(request);
  const { method } = request;
  if (path.collection) {
    if (method !== "GET") return methodNotAllowed(method);
    const listed = state.identities.filter(
      identity =>
        sameName(identity.subscriptionId, path.subscriptionId) &&
        (path.resourceGroup === undefined || sameName(identity.resourceGroup, path.resourceGroup)),
    );
    return pageResponse(request, listed, {
      pageSize: state.pageSize,
      nameOf: identityId,
      toJson: identity => identityJson(identity, apiVersion),
    });
  }
  if (method === "PUT") return put(state, path, request, apiVersion);
  const identity = findIdentity(state, path);
  if (method === "DELETE") {
    if (identity === undefined) return emptyResponse(204);
    state.identities = state.identities.filter(one => one !== identity);
    return emptyResponse(200);
  }
  if (method !== "GET" && method !== "PATCH") return methodNotAllowed(method);
  if (identity === undefined) return resourceNotFound(identityType, path.names.join("/"), path.resourceGroup ?? "");
  if (method === "PATCH") {
    const read = jsonBody(request);
    if ("refusal" in read) return read.refusal;
    identity.tags = readTags(read.body.tags) ?? identity.tags;
  }
  return jsonResponse(200, identityJson(identity, apiVersion));
}
