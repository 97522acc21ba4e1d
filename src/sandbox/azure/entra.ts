import { issueToken } from "./accessTokens.ts";
import { checkAssertion, type JwksOfIssuer } from "./assertion.ts";
import { type EntraRefusal, entraErrorResponse } from "./entraErrors.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import type { AzureState, SimulatedApplication } from "./state.ts";
import { sameName } from "./state.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const identityTokenSeconds = 86_399;
const applicationTokenSeconds = 3599;

type Client = Omit<SimulatedApplication, "objectId"> & { tokenSeconds: number };

function tenants(state: AzureState): Set<string> {
  return new Set(
    [...state.identities, ...state.applications, ...state.subscriptions.values()].map(one =>
      one.tenantId.toLowerCase(),
    ),
  );
}

function findClient(state: AzureState, tenant: string, clientId: string): Client | undefined {
  const isIt = (one: { tenantId: string; clientId: string }) =>
    sameName(one.tenantId, tenant) && sameName(one.clientId, clientId);
  const application = state.applications.find(isIt);
  if (application) return { ...application, tokenSeconds: applicationTokenSeconds };
  const identity = state.identities.find(isIt);
  return identity && { ...identity, displayName: identity.name, secrets: [], tokenSeconds: identityTokenSeconds };
}

function openIdConfiguration(origin: string, tenant: string) {
  return {
    token_endpoint: `${origin}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${origin}/${tenant}/oauth2/v2.0/authorize`,
    issuer: `${origin}/${tenant}/v2.0`,
    jwks_uri: `${origin}/${tenant}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
  };
}

async function refuse(
  state: AzureState,
  jwks: JwksOfIssuer,
  form: URLSearchParams,
  tenant: string,
): Promise<{ refusal: EntraRefusal } | { client: Client; scope: string }> {
  const no = (refusal: EntraRefusal) => ({ refusal });
  for (const parameter of ["grant_type", "client_id", "scope"]) {
    if (!form.get(parameter)) return no({ code: 900144, args: { parameter } });
  }
  const grant = form.get("grant_type") ?? "";
  if (grant !== "client_credentials") return no({ code: 70003, args: { grant } });
  const clientId = form.get("client_id") ?? "";
  const client = findClient(state, tenant, clientId);
  if (client === undefined) return no({ code: 700016, args: { clientId, tenant } });
  const scope = form.get("scope") ?? "";
  if (!scope.endsWith("/.default")) return no({ code: 70011, args: { scope } });
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  if (secret !== null) {
    return client.secrets.includes(secret) ? { client, scope } : no({ code: 7000215, args: { appId: clientId } });
  }
  if (assertion === null || form.get("client_assertion_type") !== assertionType) return no({ code: 7000216 });
  const now = state.clock.now();
  const visible = { ...client, credentials: client.credentials.filter(one => one.visibleFrom <= now) };
  const refusal = await checkAssertion(assertion, visible, { now, jwks });
  return refusal ? no(refusal) : { client, scope };
}

/** Microsoft Entra: OpenID configuration, and tokens for secrets and for assertions (v2.0). */
export async function answerEntra(
  state: AzureState,
  jwks: JwksOfIssuer,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const url = new URL(request.url);
  const [tenant = "", ...rest] = url.pathname.split("/").slice(1);
  const context = { now: state.clock.now(), origin: url.origin, nextId: state.nextId };
  const operation = `${request.method} ${rest.join("/")}`;
  const known = operation === "GET v2.0/.well-known/openid-configuration" || operation === "POST oauth2/v2.0/token";
  if (!known) return { status: 404, headers: {}, body: "" };
  if (!tenants(state).has(tenant.toLowerCase())) {
    return entraErrorResponse({ code: 90002, args: { tenant } }, context);
  }
  if (request.method === "GET") return jsonResponse(200, openIdConfiguration(url.origin, tenant));

  const outcome = await refuse(state, jwks, new URLSearchParams(request.body), tenant);
  if ("refusal" in outcome) return entraErrorResponse(outcome.refusal, context);
  const { client, scope } = outcome;
  const token = issueToken(state, {
    clientId: client.clientId,
    principalId: client.principalId,
    tenantId: client.tenantId,
    scope,
    expiresAt: context.now + client.tokenSeconds * 1000,
  });
  return jsonResponse(200, {
    token_type: "Bearer",
    expires_in: client.tokenSeconds,
    ext_expires_in: client.tokenSeconds,
    access_token: token,
  });
}
