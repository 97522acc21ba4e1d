import { armError, methodNotAllowed, parentResourceNotFound, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { checkCredential } from "./federatedCredentialRules.ts";
import { emptyResponse, jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { findIdentity, identityId, identityType } from "./identities.ts";
import { apiVersionOf, pageResponse } from "./paging.ts";
import type { AzureState, SimulatedCredential, SimulatedIdentity } from "./state.ts";
import { sameName } from "./state.ts";

export const federatedCredentialType = `${identityType}/federatedIdentityCredentials`;

/** Microsoft documents 20 for each identity; it cannot be raised. */
const mostCredentials = 20;

/** Regions in which Microsoft documents that identities take no federated credentials. */
const regionsWithoutSupport = new Set(["malaysiasouth", "newzealandnorth"]);

function credentialJson(identity: SimulatedIdentity, credential: SimulatedCredential) {
  return {
    id: `${identityId(identity)}/federatedIdentityCredentials/${credential.name}`,
    name: credential.name,
    type: federatedCredentialType,
    properties: {
      issuer: credential.issuer,
      // What an answer of an api-version says that does not know the expression, is not documented.
      ...(credential.claimsMatchingExpression === undefined
        ? { subject: credential.subject }
        : { claimsMatchingExpression: credential.claimsMatchingExpression }),
      audiences: [credential.audience],
    },
  };
}

/** Holds the identity for the time that a write takes; a second write meanwhile is refused, as the service does. */
async function writing(
  state: AzureState,
  identity: SimulatedIdentity,
  write: () => SandboxResponse,
): Promise<SandboxResponse> {
  if (identity.writeInFlight) {
    return armError(
      409,
      "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
      `Too many Federated Identity Credentials are written concurrently for the managed identity '${identityId(identity).toLowerCase()}'. Concurrent Federated Identity Credentials writes under the same managed identity are not supported.`,
    );
  }
  identity.writeInFlight = true;
  try {
    await state.clock.sleep(state.writeMilliseconds);
    return write();
  } finally {
    identity.writeInFlight = false;
  }
}

function put(
  state: AzureState,
  identity: SimulatedIdentity,
  name: string,
  request: SandboxRequest,
): Promise<SandboxResponse> | SandboxResponse {
  if (regionsWithoutSupport.has(identity.location.toLowerCase())) {
    // The status and the message are documented, the code is not.
    return armError(
      405,
      "MethodNotAllowed",
      "The request format was unexpected: Support for federated identity credentials not enabled.",
    );
  }
  const checked = checkCredential(name, request.body, apiVersionOf(request));
  if ("refusal" in checked) return checked.refusal;
  const { content } = checked;
  return writing(state, identity, () => {
    const present = identity.credentials.find(credential => sameName(credential.name, name));
    const others = identity.credentials.filter(credential => credential !== present);
    const isSame = (other: SimulatedCredential) =>
      other.issuer === content.issuer &&
      other.subject === content.subject &&
      other.claimsMatchingExpression?.value === content.claimsMatchingExpression?.value;
    if (others.some(isSame)) {
      const message = "Issuer and subject combination already exists for this Managed Identity.";
      return state.duplicateAnswer === "conflict"
        ? armError(409, "Conflict", message)
        : armError(400, "BadRequest", message);
    }
    if (present === undefined && others.length >= mostCredentials) {
      // Only one report of this answer is public, without its full wording.
      return armError(
        400,
        "BadRequest",
        `Too many Federated Identity Credentials. The managed identity '${identityId(identity).toLowerCase()}' cannot have more than ${mostCredentials}.`,
      );
    }
    const visibleFrom = state.clock.now() + state.propagationMilliseconds;
    if (present !== undefined) {
      // The service replaces without asking: there is no precondition on this PUT.
      delete present.claimsMatchingExpression;
      Object.assign(present, content, { visibleFrom });
      return jsonResponse(200, credentialJson(identity, present));
    }
    const created = { name, ...content, visibleFrom };
    identity.credentials.push(created);
    const json = credentialJson(identity, created);
    return jsonResponse(201, json, { location: json.id });
  });
}

/** Federated identity credentials of a managed identity: list with pages, get, create or replace, delete. */
export async function answerFederatedCredentials(
  state: AzureState,
  path: ArmPath,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const { method } = request;
  const identity = findIdentity(state, path);
  if (identity === undefined) {
    const action = method === "GET" ? "read" : method === "DELETE" ? "delete" : "write";
    const parent = `/subscriptions/${path.subscriptionId}/resourceGroups/${path.resourceGroup}/providers/${identityType}/${path.names[0]}`;
    return parentResourceNotFound(action, federatedCredentialType, parent);
  }
  if (path.collection) {
    if (method !== "GET") return methodNotAllowed(method);
    return pageResponse(request, identity.credentials, {
      pageSize: state.pageSize,
      nameOf: credential => credential.name,
      toJson: credential => credentialJson(identity, credential),
    });
  }
  const name = path.names[1] ?? "";
  const present = identity.credentials.find(credential => sameName(credential.name, name));
  switch (method) {
    case "GET":
      return present === undefined
        ? resourceNotFound(federatedCredentialType, path.names.join("/"), path.resourceGroup ?? "")
        : jsonResponse(200, credentialJson(identity, present));
    case "PUT":
      return put(state, identity, name, request);
    case "DELETE":
      if (present === undefined) return emptyResponse(204);
      return writing(state, identity, () => {
        identity.credentials = identity.credentials.filter(credential => credential !== present);
        return emptyResponse(200);
      });
    default:
      return methodNotAllowed(method);
  }
}
