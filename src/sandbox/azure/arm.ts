import { armError, resourceGroupNotFound, subscriptionNotFound } from "./armErrors.ts";
import { type ArmPath, parseArmPath } from "./armPath.ts";
import { answerFederatedCredentials, federatedCredentialType } from "./federatedCredentials.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";
import { answerIdentities, identityType } from "./identities.ts";
import { answerManagedClusters, managedClusterType } from "./managedClusters.ts";
import type { AzureState } from "./state.ts";
import type { Throttle, ThrottledOperation } from "./throttle.ts";

interface Route {
  type: string;
  apiVersions: RegExp;
  throttled: "likeManagedIdentity" | "never";
  answer(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse | Promise<SandboxResponse>;
}

const identityVersions =
  /^(2018-11-30|2022-01-31-preview|2023-01-31|2024-11-30|2025-01-31-preview|2025-05-31-preview|2026-04-30|2026-05-31)$/;

const routes: readonly Route[] = [
  { type: identityType, apiVersions: identityVersions, throttled: "likeManagedIdentity", answer: answerIdentities },
  {
    type: federatedCredentialType,
    // 2018-11-30 knows identities only.
    apiVersions: new RegExp(identityVersions.source.replace("2018-11-30|", "")),
    throttled: "likeManagedIdentity",
    answer: answerFederatedCredentials,
  },
  {
    type: managedClusterType,
    apiVersions: /^20\d\d-\d\d-\d\d(-preview)?$/,
    throttled: "never",
    answer: answerManagedClusters,
  },
];

function authenticate(state: AzureState, request: SandboxRequest): SandboxResponse | undefined {
  const challenge = { "www-authenticate": `Bearer authorization_uri="${new URL(request.url).origin}"` };
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) {
    return armError(
      401,
      "AuthenticationFailed",
      "Authentication failed. The 'Authorization' header is missing.",
      challenge,
    );
  }
  const issued = state.tokens.get(token);
  if (issued === undefined) {
    return armError(401, "InvalidAuthenticationToken", "The access token is invalid.", challenge);
  }
  if (issued.expiresAt <= state.clock.now()) {
    return armError(
      401,
      "ExpiredAuthenticationToken",
      "The access token expiry UTC time is earlier than current UTC time.",
      challenge,
    );
  }
  return undefined;
}

function operationOf(path: ArmPath, method: string): ThrottledOperation {
  if (method === "DELETE") return "delete";
  if (method === "GET") return path.collection ? "list" : "get";
  return "createOrUpdate";
}

/** Azure Resource Manager: who is asking, does the place exist, is there room; then the resource provider answers. */
export async function answerArm(
  state: AzureState,
  throttle: Throttle | undefined,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const refused = authenticate(state, request);
  if (refused) return refused;
  const url = new URL(request.url);
  const path = parseArmPath(url.pathname);
  const route = routes.find(one => one.type.toLowerCase() === path?.type);
  if (path === undefined || route === undefined) {
    return armError(404, "InvalidResourceType", `The resource type of '${url.pathname}' could not be found.`);
  }
  const apiVersion = [...url.searchParams].find(([name]) => name.toLowerCase() === "api-version")?.[1];
  if (apiVersion === undefined) {
    return armError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (!route.apiVersions.test(apiVersion)) {
    return armError(
      400,
      "InvalidResourceType",
      `The resource type '${route.type}' could not be found for api version '${apiVersion}'.`,
    );
  }
  if (path.subscriptionId === "") return route.answer(state, path, request);
  const subscription = state.subscriptions.get(path.subscriptionId.toLowerCase());
  if (subscription === undefined) return subscriptionNotFound(path.subscriptionId);
  if (path.resourceGroup !== undefined && !subscription.resourceGroups.has(path.resourceGroup.toLowerCase())) {
    return resourceGroupNotFound(path.resourceGroup);
  }
  if (throttle !== undefined && route.throttled === "likeManagedIdentity") {
    const seconds = throttle.take(operationOf(path, request.method), {
      tenant: subscription.tenantId,
      subscription: subscription.subscriptionId,
      resource: [path.subscriptionId, path.resourceGroup, path.names[0]].join("/"),
    });
    if (seconds !== undefined) {
      return armError(429, "TooManyRequests", "The request is being throttled.", { "retry-after": String(seconds) });
    }
  }
  return route.answer(state, path, request);
}
