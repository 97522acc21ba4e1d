import { isRecord } from "../../core/kubernetes.ts";
import { armError, methodNotAllowed, parentResourceNotFound, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { emptyResponse, jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { identityId, identityWithId } from "./identities.ts";
import { managedClusterType } from "./managedClusters.ts";
import { pageResponse } from "./paging.ts";
import { jsonBody } from "./requestBody.ts";
import {
  type AzureState,
  type IdentityBindingsState,
  type SimulatedIdentity,
  type SimulatedIdentityBinding,
  type SimulatedManagedCluster,
  sameName,
} from "./state.ts";

export const identityBindingType = `${managedClusterType}/identityBindings`;
export const containerServiceOperationType = "Microsoft.ContainerService/locations/operations";
export const containerServiceType = "Microsoft.ContainerService";

/** The name and the issuer are documented; subject and audience are not, and are made up. */
const credentialName = "aks-identity-binding";
const issuerOf = ({ tenantId, clientId }: SimulatedIdentity) =>
  `https://ib.oic.prod-aks.azure.com/${tenantId}/${clientId}`;
const mostCredentials = 20;

export function identityBindingsState(
  options: Partial<Omit<IdentityBindingsState, "bindings">> = {},
): IdentityBindingsState {
  return { bindings: [], milliseconds: 0, preview: "registered", versions: ["2026-04-01"], ...options };
}

function bindingJson(state: AzureState, binding: SimulatedIdentityBinding) {
  const { cluster, name, identity } = binding;
  const { clientId, principalId, tenantId } = identity;
  return {
    id: `${cluster}/identityBindings/${name}`,
    name,
    type: identityBindingType,
    properties: {
      managedIdentity: { resourceId: identityId(identity), clientId, objectId: principalId, tenantId },
      oidcIssuer: { oidcIssuerUrl: issuerOf(identity) },
      provisioningState: stateOf(state, binding),
    },
  };
}

function stateOf({ clock }: AzureState, { readyAt, error }: SimulatedIdentityBinding): string {
  if (clock.now() < readyAt) return "Updating";
  return error === undefined ? "Succeeded" : "Failed";
}

/** AKS makes its credential or uses the one that is there; it needs a slot like any other. */
function credentialError(state: AzureState, identity: SimulatedIdentity): SimulatedIdentityBinding["error"] {
  if (identity.credentials.some(one => sameName(one.name, credentialName))) return undefined;
  if (identity.credentials.length >= mostCredentials) {
    // What AKS says then is not documented; these are the words of the identity's own provider.
    return {
      code: "BadRequest",
      message: `Too many Federated Identity Credentials. The managed identity '${identityId(identity).toLowerCase()}' cannot have more than ${mostCredentials}.`,
    };
  }
  identity.credentials.push({
    name: credentialName,
    issuer: issuerOf(identity),
    subject: "system:identity-binding",
    audience: "api://AzureADTokenExchange",
    visibleFrom: state.clock.now() + state.propagationMilliseconds,
  });
  return undefined;
}

function put(
  state: AzureState,
  { cluster, name }: { cluster: SimulatedManagedCluster & { id: string }; name: string },
  request: SandboxRequest,
): SandboxResponse {
  const { identityBindings } = state;
  if (identityBindings.preview === "unregistered") {
    return armError(
      400,
      "PreviewFeatureNotRegistered",
      "Preview feature Microsoft.ContainerService/IdentityBindingPreview not registered.",
    );
  }
  // From here on statuses and words are made up: only the rules are documented.
  if (!/^[a-z][a-z0-9]{0,62}$/.test(name)) return armError(400, "InvalidParameter", `The name '${name}' is invalid.`);
  const { apiServerAccessProfile } = cluster.properties;
  if (isRecord(apiServerAccessProfile) && apiServerAccessProfile.enableVnetIntegration === true) {
    return armError(400, "BadRequest", "Identity bindings are not supported with API server VNet integration.");
  }
  const read = jsonBody(request);
  if ("refusal" in read) return read.refusal;
  const properties = isRecord(read.body.properties) ? read.body.properties : {};
  const wanted = isRecord(properties.managedIdentity) ? properties.managedIdentity.resourceId : undefined;
  const identity = typeof wanted === "string" ? identityWithId(state, wanted) : undefined;
  if (identity === undefined)
    return armError(400, "BadRequest", `The managed identity '${String(wanted)}' is not there.`);
  const ofCluster = identityBindings.bindings.filter(one => sameName(one.cluster, cluster.id));
  const present = ofCluster.find(one => sameName(one.name, name));
  if (ofCluster.some(one => one.identity === identity && one !== present)) {
    return armError(409, "Conflict", "The managed identity has another identity binding with this cluster.");
  }
  const error = credentialError(state, identity);
  const binding: SimulatedIdentityBinding = {
    cluster: cluster.id,
    name,
    identity,
    operation: state.nextId(),
    readyAt: state.clock.now() + identityBindings.milliseconds,
    ...(error === undefined ? {} : { error }),
  };
  identityBindings.bindings = [...identityBindings.bindings.filter(one => one !== present), binding];
  const place = `/subscriptions/${cluster.subscriptionId}/providers/${containerServiceOperationType.replace("locations", `locations/${cluster.location}`)}`;
  const operation = new URL(`${place}/${binding.operation}?api-version=2017-08-31`, request.url).href;
  return jsonResponse(present ? 200 : 201, bindingJson(state, binding), { "azure-asyncoperation": operation });
}

/** Identity bindings of an AKS cluster: list, get, create or replace, delete. */
export function answerIdentityBindings(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  const { method } = request;
  const found = state.managedClusters.find(
    one =>
      sameName(one.subscriptionId, path.subscriptionId) &&
      sameName(one.resourceGroup, path.resourceGroup ?? "") &&
      sameName(one.name, path.names[0] ?? ""),
  );
  if (found === undefined) {
    const action = method === "GET" ? "read" : method === "DELETE" ? "delete" : "write";
    const parent = `/subscriptions/${path.subscriptionId}/resourceGroups/${path.resourceGroup}/providers/${managedClusterType}/${path.names[0]}`;
    return parentResourceNotFound(action, identityBindingType, parent);
  }
  const id = `/subscriptions/${found.subscriptionId}/resourcegroups/${found.resourceGroup}/providers/${managedClusterType}/${found.name}`;
  const { identityBindings } = state;
  const bindings = identityBindings.bindings.filter(one => sameName(one.cluster, id));
  if (path.collection) {
    if (method !== "GET") return methodNotAllowed(method);
    const toJson = (binding: SimulatedIdentityBinding) => bindingJson(state, binding);
    return pageResponse(request, bindings, { pageSize: state.pageSize, nameOf: one => one.name, toJson });
  }
  const name = path.names[1] ?? "";
  const present = bindings.find(one => sameName(one.name, name));
  switch (method) {
    case "GET":
      return present === undefined
        ? resourceNotFound(identityBindingType, path.names.join("/"), path.resourceGroup ?? "")
        : jsonResponse(200, bindingJson(state, present));
    case "PUT":
      return put(state, { cluster: { ...found, id }, name }, request);
    case "DELETE":
      if (present === undefined) return emptyResponse(204);
      // The identity keeps its credential: AKS does not collect it (documented).
      identityBindings.bindings = identityBindings.bindings.filter(one => one !== present);
      return emptyResponse(200);
    default:
      return methodNotAllowed(method);
  }
}

/** How a write of an identity binding goes on. */
export function answerContainerServiceOperation(
  state: AzureState,
  path: ArmPath,
  request: SandboxRequest,
): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const [, name = ""] = path.names;
  const binding = state.identityBindings.bindings.find(one => one.operation === name);
  if (binding === undefined) return resourceNotFound(containerServiceOperationType, path.names.join("/"), "");
  const status = stateOf(state, binding).replace("Updating", "InProgress");
  return jsonResponse(200, { name, status, ...(status === "Failed" ? { error: binding.error } : {}) });
}

/** What the resource provider offers in a subscription, as far as anybody here asks. */
export function answerContainerService(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const { versions } = state.identityBindings;
  const own = { resourceType: "managedClusters/identityBindings", locations: [], apiVersions: versions };
  return jsonResponse(200, {
    id: `/subscriptions/${path.subscriptionId}/providers/${containerServiceType}`,
    namespace: containerServiceType,
    registrationState: "Registered",
    resourceTypes: [
      { resourceType: "managedClusters", locations: [], apiVersions: ["2025-08-01"] },
      ...(versions.length > 0 ? [own] : []),
    ],
  });
}
