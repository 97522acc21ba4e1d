import { createPublicKey, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createRest, type Rest } from "../../../src/azure/rest.ts";
import type { Clock } from "../../../src/core/clock.ts";
import type { SandboxResponse } from "../../../src/sandbox/azure/http.ts";
import { inProcessHttpClient } from "../../../src/sandbox/azure/inProcessTransport.ts";
import {
  createSimulatedAzure,
  type SimulatedAzure,
  type SimulatedAzureOptions,
} from "../../../src/sandbox/azure/simulatedAzure.ts";
import { newSigningKey } from "../../../src/sandbox/signingKey.ts";
import { SimulatedClock } from "../../../src/sandbox/simulatedClock.ts";

export const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
export const subscriptionId = "bbbbbbbb-0000-0000-0000-000000000002";
export const clientId = "cccccccc-0000-0000-0000-000000000003";
export const operatorClientId = "dddddddd-0000-0000-0000-000000000004";
export const operatorSecret = "s3cret~value.of-the-operator";
export const issuer = `https://westeurope.oic.prod-aks.azure.com/${tenantId}/eeeeeeee-0000-0000-0000-000000000005/`;
export const audience = "api://AzureADTokenExchange";
export const token = "a-token-that-arm-accepts";
export const identityPath = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cart`;
export const apiVersion = "api-version=2024-11-30";

/** Real time, for tests whose clients use real sockets. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal === undefined ? {} : { signal }),
};

export interface Signer {
  jwks: { keys: (JsonWebKey & { kid: string })[] };
  /** A token of a service account: RS256, an hour long from `now` (milliseconds). */
  serviceAccountToken(about: {
    now: number;
    subject?: string;
    issuer?: string;
    audience?: string;
    header?: Record<string, unknown>;
  }): string;
}

/** A cluster's signing key, as the API server has one. */
export function createSigner(kid = "key-1"): Signer {
  const privateKey = newSigningKey();
  return {
    jwks: { keys: [{ ...createPublicKey(privateKey).export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] },
    serviceAccountToken: about => signToken(privateKey, kid, about),
  };
}

function signToken(privateKey: KeyObject, kid: string, about: Parameters<Signer["serviceAccountToken"]>[0]): string {
  const seconds = Math.floor(about.now / 1000);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = { alg: "RS256", kid, ...about.header };
  const claims = {
    iss: about.issuer ?? issuer,
    sub: about.subject ?? "system:serviceaccount:shop:cart",
    aud: [about.audience ?? audience],
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3600,
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** A simulated Azure in simulated time with one identity, `cart` in `Shop-RG`, and one operator with a secret. */
export function shopAzure(options: Partial<SimulatedAzureOptions> = {}): SimulatedAzure & { clock: Clock } {
  const clock = options.clock ?? new SimulatedClock();
  const azure = createSimulatedAzure({ jwks: async () => undefined, ...options, clock });
  azure.addIdentity({
    subscriptionId,
    resourceGroup: "Shop-RG",
    name: "cart",
    tenantId,
    clientId,
    principalId: "cccccccc-0000-0000-0000-00000000000f",
  });
  azure.addApplication({ tenantId, clientId: operatorClientId, displayName: "operator", secrets: [operatorSecret] });
  azure.addAccessToken(token);
  return Object.assign(azure, { clock });
}

export interface ArmAnswer {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

function toAnswer(response: SandboxResponse): ArmAnswer {
  const { status, headers, body } = response;
  return { status, headers, body: body === "" ? "" : (JSON.parse(body) as unknown) };
}

/** Sends a request to Azure Resource Manager with a token that it accepts for everything. */
export function arm(azure: SimulatedAzure, method: string, path: string, body?: unknown): Promise<ArmAnswer> {
  return armAs(azure, token, method, path, body);
}

/** Sends a request to Azure Resource Manager with the token given. */
export async function armAs(
  azure: SimulatedAzure,
  accessToken: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<ArmAnswer> {
  const url = path.startsWith("https:") ? path : `https://management.test${path}`;
  return toAnswer(
    await azure.handle({
      method,
      url,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body: body === undefined ? "" : JSON.stringify(body),
    }),
  );
}

/** Sends a request to Microsoft Graph with a token that it accepts for everything. */
export async function graph(
  azure: SimulatedAzure,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ArmAnswer> {
  return toAnswer(
    await azure.handle({
      method,
      url: `https://graph.test${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body: body === undefined ? "" : JSON.stringify(body),
    }),
  );
}

/** PUT of a federated credential of `cart`. */
export function putCredential(
  azure: SimulatedAzure,
  name: string,
  properties: Record<string, unknown> = {},
): Promise<ArmAnswer> {
  const defaults = { issuer, subject: `system:serviceaccount:shop:${name}`, audiences: [audience] };
  return arm(azure, "PUT", `${identityPath}/federatedIdentityCredentials/${name}?${apiVersion}`, {
    properties: { ...defaults, ...properties },
  });
}

/** A form POST to Microsoft Entra's token endpoint. */
export async function requestToken(
  azure: SimulatedAzure,
  form: Record<string, string>,
  tenant = tenantId,
): Promise<ArmAnswer> {
  return toAnswer(
    await azure.handle({
      method: "POST",
      url: `https://login.test/${tenant}/oauth2/v2.0/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    }),
  );
}

/** The form that a workload sends. */
export function exchangeForm(assertion: string): Record<string, string> {
  return {
    grant_type: "client_credentials",
    client_id: clientId,
    scope: "https://vault.azure.net/.default",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/** The REST client that the adapters get, signed in to ARM with a token that it takes. */
export function restOn(azure: SimulatedAzure, accessToken: string = token): Rest {
  return createRest({
    endpoint: "https://management.test",
    scope: "https://management.test/.default",
    credential: { getToken: async () => ({ token: accessToken, expiresOnTimestamp: Date.now() + 3600_000 }) },
    httpClient: inProcessHttpClient(azure.handle),
  });
}
