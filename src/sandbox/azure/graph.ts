import { authenticate } from "./authentication.ts";
import { answerApplicationCredentials } from "./graphCredentials.ts";
import { graphError, resourceNotFound } from "./graphErrors.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { queryOf } from "./paging.ts";
import type { AzureState, IssuedToken } from "./state.ts";
import { sameName, tenantsOf } from "./state.ts";

/** `applications(appId='X')` or `applications/OBJECT-ID`, and what comes behind it. */
const applicationPath = /^\/v1\.0\/applications(?:\(appId='([^']*)'\)|\/([^/(]+))(?:\/(.+))?$/i;
const servicePrincipalPath = /^\/v1\.0\/servicePrincipals\(appId='([^']*)'\)$/i;

/** Microsoft Graph: applications, their federated credentials, and where an application is only a guest. */
export function answerGraph(state: AzureState, request: SandboxRequest): SandboxResponse {
  const authenticated = authenticate(state, request);
  if ("refusal" in authenticated)
    return graphError(state, 401, "InvalidAuthenticationToken", "Access token is missing, malformed or expired.");
  const { caller } = authenticated;
  const url = new URL(request.url);
  if (caller.scope !== "" && !caller.scope.toLowerCase().startsWith(url.origin.toLowerCase()))
    return graphError(state, 401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.");
  const path = decodeURIComponent(url.pathname);
  const [, guestId] = servicePrincipalPath.exec(path) ?? [];
  if (guestId !== undefined) return servicePrincipal(state, caller, guestId, request);
  const [, clientId, objectId, rest] = applicationPath.exec(path) ?? [];
  const application = state.applications.find(
    one =>
      isIn(caller, one.tenantId) &&
      (clientId === undefined ? one.objectId === objectId : sameName(one.clientId, clientId)),
  );
  if (application === undefined) return resourceNotFound(state, clientId ?? objectId ?? path);
  if (rest !== undefined) return answerApplicationCredentials(state, application, rest, request);
  if (request.method !== "GET") return resourceNotFound(state, path);
  const { objectId: id, clientId: appId, displayName } = application;
  return selected(request, { id, appId, displayName });
}

function servicePrincipal(
  state: AzureState,
  caller: IssuedToken,
  clientId: string,
  request: SandboxRequest,
): SandboxResponse {
  const found = state.applications.find(
    one => sameName(one.clientId, clientId) && tenantsOf(one).some(tenant => isIn(caller, tenant)),
  );
  if (found === undefined) return resourceNotFound(state, clientId);
  const { principalId: id, clientId: appId, displayName, tenantId: appOwnerOrganizationId } = found;
  return selected(request, { id, appId, displayName, appOwnerOrganizationId, servicePrincipalType: "Application" });
}

function isIn(caller: IssuedToken, tenantId: string): boolean {
  return caller.tenantId === "" || sameName(caller.tenantId, tenantId);
}

/** One resource with the properties that `$select` asks for. */
function selected(request: SandboxRequest, resource: Record<string, unknown>): SandboxResponse {
  const wanted = queryOf(request).get("$select")?.split(",");
  const shown = Object.entries(resource).filter(([key]) => wanted?.includes(key) ?? true);
  return jsonResponse(200, Object.fromEntries(shown));
}
