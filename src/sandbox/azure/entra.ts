import { issueToken } from "./accessTokens.ts";
import { checkAssertion, type JwksOfIssuer, withoutDetail } from "./assertion.ts";
import { type EntraRefusal, entraErrorResponse } from "./entraErrors.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import type { AzureState, SimulatedApplication } from "./state.ts";
import { sameName, tenantsOf } from "./state.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const identityTokenSeconds = 86_399;

type Client = Omit<SimulatedApplication, "objectId">;

function tenants(state: AzureState): Set<string> {
  return new Set(
    [
      ...[...state.identities, ...state.subscriptions.values()].map(one => one.tenantId),
      ...state.applications.flatMap(tenantsOf),
    ].map(tenant => tenant.toLowerCase()),
  );
}

function findClient(state: AzureState, tenant: string, clientId: string): Client | undefined {
  const isIt = (one: { tenantId: string; clientId: string; guestTenants?: readonly string[] }) =>
    tenantsOf(one).some(known => sameName(known, tenant)) && sameName(one.clientId, clientId);
  const application = state.applications.find(isIt);
  if (application) return { ...application, tenantId: tenant };
  const identity = state.identities.find(isIt);
  if (identity === undefined) return undefined;
  const none = { secrets: [], expiredSecrets: [], tokenSeconds: identityTokenSeconds };
  return { ...identity, ...none, displayName: identity.name };
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
  { tenant, version }: { tenant: string; version: "v1" | "v2" },
): Promise<{ refusal: EntraRefusal } | { client: Client; scope: string }> {
  const no = (refusal: EntraRefusal) => ({ refusal });
  for (const parameter of ["grant_type", "client_id", version === "v1" ? "resource" : "scope"]) {
    if (!form.get(parameter)) return no({ code: 900144, args: { parameter } });
  }
  const grant = form.get("grant_type") ?? "";
  if (grant !== "client_credentials") return no({ code: 70003, args: { grant } });
  const clientId = form.get("client_id") ?? "";
  const client = findClient(state, tenant, clientId);
  if (client === undefined) return no({ code: 700016, args: { clientId, tenant } });
  const scope = version === "v1" ? `${form.get("resource")}/.default` : (form.get("scope") ?? "");
  if (!scope.endsWith("/.default")) return no({ code: 70011, args: { scope } });
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  if (secret !== null) {
    if (client.expiredSecrets.includes(secret)) return no({ code: 7000222, args: { appId: clientId } });
    return client.secrets.includes(secret) ? { client, scope } : no({ code: 7000215, args: { appId: clientId } });
  }
  if (assertion === null || form.get("client_assertion_type") !== assertionType) return no({ code: 7000216 });
  const now = state.clock.now();
  const visible = { ...client, credentials: client.credentials.filter(one => one.visibleFrom <= now) };
  const refusal = await checkAssertion(assertion, visible, { now, jwks });
  if (refusal === undefined) return { client, scope };
  return no(state.mismatchAnswer === "generic" ? withoutDetail(assertion, refusal) : refusal);
}

/** Microsoft Entra: OpenID configuration, and tokens for secrets and for assertions. */
export async function answerEntra(
  state: AzureState,
  jwks: JwksOfIssuer,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const url = new URL(request.url);
  const [tenant = "", ...rest] = url.pathname.split("/").slice(1);
  const context = { now: state.clock.now(), origin: url.origin, nextId: state.nextId };
  const operation = `${request.method} ${rest.join("/")}`;
  const version = operation === "POST oauth2/token" ? "v1" : "v2";
  const known = [
    "GET v2.0/.well-known/openid-configuration",
    "POST oauth2/v2.0/token",
    // v1, which MIC and other programs on ADAL ask.
    "POST oauth2/token",
  ];
  if (!known.includes(operation)) return { status: 404, headers: {}, body: "" };
  if (!tenants(state).has(tenant.toLowerCase())) {
    return entraErrorResponse({ code: 90002, args: { tenant } }, context);
  }
  if (request.method === "GET") return jsonResponse(200, openIdConfiguration(url.origin, tenant));

  const outcome = await refuse(state, jwks, new URLSearchParams(request.body), { tenant, version });
  if ("refusal" in outcome) return entraErrorResponse(outcome.refusal, context);
  const { client, scope } = outcome;
  const { clientId, principalId, tenantId, tokenSeconds } = client;
  const expiresAt = context.now + tokenSeconds * 1000;
  const token = issueToken(state, { clientId, principalId, tenantId, scope, expiresAt });
  if (version === "v1") {
    const seconds = (milliseconds: number) => String(Math.floor(milliseconds / 1000));
    return jsonResponse(200, {
      token_type: "Bearer",
      expires_in: String(tokenSeconds),
      ext_expires_in: String(tokenSeconds),
      expires_on: seconds(expiresAt),
      not_before: seconds(context.now),
      resource: scope.replace(/\/\.default$/, ""),
      access_token: token,
    });
  }
  return jsonResponse(200, {
    token_type: "Bearer",
    expires_in: tokenSeconds,
    ext_expires_in: tokenSeconds,
    access_token: token,
  });
}
