import { describe, expect, test } from "vitest";
import {
  apiVersion,
  arm,
  audience,
  clientId,
  createSigner,
  exchangeForm,
  identityPath,
  issuer,
  operatorClientId,
  operatorSecret,
  putCredential,
  requestToken,
  shopAzure,
  tenantId,
} from "./world.ts";

const signer = createSigner();
const jwks = async (asked: string) => (asked === issuer ? signer.jwks : undefined);

type ErrorBody = { error: string; error_codes: number[]; error_description: string };

async function refusal(answer: Promise<{ status: number; body: unknown }>) {
  const { status, body } = await answer;
  const { error, error_codes } = body as ErrorBody;
  return [status, error, ...(error_codes ?? [])];
}

describe("Microsoft Entra of the simulated Azure", () => {
  test("serves its OpenID configuration on the origin that was asked", async () => {
    const azure = shopAzure();
    const url = `https://localhost:8443/${tenantId}/v2.0/.well-known/openid-configuration`;
    const { status, body } = await azure.handle({ method: "GET", url, headers: {}, body: "" });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      token_endpoint: `https://localhost:8443/${tenantId}/oauth2/v2.0/token`,
      authorization_endpoint: `https://localhost:8443/${tenantId}/oauth2/v2.0/authorize`,
      issuer: `https://localhost:8443/${tenantId}/v2.0`,
      jwks_uri: `https://localhost:8443/${tenantId}/discovery/v2.0/keys`,
    });
  });

  test("exchanges a service account's token for one of the identity", async () => {
    const azure = shopAzure({ jwks });
    await putCredential(azure, "cart");
    const assertion = signer.serviceAccountToken({ now: azure.clock.now() });
    const { status, body } = await requestToken(azure, exchangeForm(assertion));
    expect({ status, body }).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 86_399 } });
  });

  test("gives the operator a token that ARM accepts until it expires", async () => {
    const azure = shopAzure();
    const form = {
      grant_type: "client_credentials",
      client_id: operatorClientId,
      scope: "https://management.test/.default",
    };
    const { body } = await requestToken(azure, { ...form, client_secret: operatorSecret });
    const { access_token } = body as { access_token: string };
    const get = () =>
      azure.handle({
        method: "GET",
        url: `https://management.test${identityPath}?${apiVersion}`,
        headers: { authorization: `Bearer ${access_token}` },
        body: "",
      });
    expect((await get()).status).toBe(200);
    await azure.clock.sleep(3600_000);
    expect((await get()).status).toBe(401);
  });

  test.each([
    ["issuer", { issuer: issuer.slice(0, -1) }, 700211],
    ["subject", { subject: "system:serviceaccount:shop:Cart" }, 700213],
    ["audience", { audience: "api://AzureADTokenExchangeChina" }, 700212],
  ])("refuses another %s with its own number", async (_, claims, code) => {
    const azure = shopAzure({ jwks });
    await putCredential(azure, "cart");
    const assertion = signer.serviceAccountToken({ now: azure.clock.now(), ...claims });
    expect(await refusal(requestToken(azure, exchangeForm(assertion)))).toEqual([401, "invalid_client", code]);
  });

  test("does not see a credential before it has propagated", async () => {
    const azure = shopAzure({ jwks, propagationMilliseconds: 12_000 });
    const exchange = () => {
      const form = exchangeForm(signer.serviceAccountToken({ now: azure.clock.now() }));
      return requestToken(azure, form);
    };
    expect(await refusal(exchange())).toEqual([401, "invalid_client", 70025]);
    await putCredential(azure, "cart");
    expect(await refusal(exchange())).toEqual([401, "invalid_client", 70025]);
    await azure.clock.sleep(12_000);
    expect((await exchange()).status).toBe(200);
    await putCredential(azure, "till");
    const other = signer.serviceAccountToken({ now: azure.clock.now(), subject: "system:serviceaccount:shop:till" });
    expect(await refusal(requestToken(azure, exchangeForm(other)))).toEqual([401, "invalid_client", 700213]);
  });

  test("checks the signature with the issuer's own keys", async () => {
    const forger = createSigner();
    const stranger = createSigner("key-2");
    const azure = shopAzure({ jwks });
    await putCredential(azure, "cart");
    const now = azure.clock.now();
    const exchange = (assertion: string) => refusal(requestToken(azure, exchangeForm(assertion)));
    expect(await exchange(forger.serviceAccountToken({ now }))).toEqual([401, "invalid_client", 700027]);
    expect(await exchange(stranger.serviceAccountToken({ now }))).toEqual([401, "invalid_client", 700027]);
    const none = signer.serviceAccountToken({ now, header: { alg: "none" } });
    expect(await exchange(none)).toEqual([401, "invalid_client", 5002738]);
    expect(await exchange("not.a.token")).toEqual([400, "invalid_request", 50027]);
  });

  test("says so when the issuer's keys cannot be fetched", async () => {
    const azure = shopAzure({ jwks: () => Promise.reject(new Error("no route to host")) });
    await putCredential(azure, "cart");
    const assertion = signer.serviceAccountToken({ now: azure.clock.now() });
    expect(await refusal(requestToken(azure, exchangeForm(assertion)))).toEqual([400, "invalid_request", 90061]);
  });

  test("refuses a token outside its time", async () => {
    const azure = shopAzure({ jwks });
    await putCredential(azure, "cart");
    const now = azure.clock.now();
    const exchange = (at: number) =>
      refusal(requestToken(azure, exchangeForm(signer.serviceAccountToken({ now: at }))));
    expect(await exchange(now - 3600_000)).toEqual([401, "invalid_client", 700024]);
    expect(await exchange(now + 60_000)).toEqual([401, "invalid_client", 700024]);
  });

  test.each([
    ["an unknown client", { client_id: "nobody" }, [400, "unauthorized_client", 700016]],
    ["a wrong secret", { client_secret: "wrong" }, [401, "invalid_client", 7000215]],
    ["a resource in place of a scope", { scope: "https://vault.azure.net" }, [400, "invalid_scope", 70011]],
    ["another grant", { grant_type: "password" }, [400, "unsupported_grant_type", 70003]],
    ["no scope", { scope: "" }, [400, "invalid_request", 900144]],
  ])("refuses %s", async (_, change, expected) => {
    const form = {
      grant_type: "client_credentials",
      client_id: operatorClientId,
      client_secret: operatorSecret,
      scope: "https://management.test/.default",
    };
    expect(await refusal(requestToken(shopAzure(), { ...form, ...change }))).toEqual(expected);
  });

  test("refuses a request without any proof, and an unknown tenant", async () => {
    const form = {
      grant_type: "client_credentials",
      client_id: operatorClientId,
      scope: "https://management.test/.default",
    };
    expect(await refusal(requestToken(shopAzure(), form))).toEqual([401, "invalid_client", 7000216]);
    expect(await refusal(requestToken(shopAzure(), form, "elsewhere"))).toEqual([400, "invalid_request", 90002]);
  });

  test("lets an application sign in through its own federated credential", async () => {
    const azure = shopAzure({ jwks });
    azure.addApplication({
      tenantId,
      clientId: "app",
      displayName: "pipeline",
      federatedCredentials: [{ name: "ci", issuer, subject: "repo:shop", audience }],
    });
    const assertion = signer.serviceAccountToken({ now: azure.clock.now(), subject: "repo:shop" });
    const { status, body } = await requestToken(azure, { ...exchangeForm(assertion), client_id: "app" });
    expect({ status, body }).toMatchObject({ status: 200, body: { expires_in: 3599 } });
  });

  test("describes a refusal in the form of the real one", async () => {
    const azure = shopAzure({ jwks });
    const assertion = signer.serviceAccountToken({ now: azure.clock.now() });
    const { body } = await requestToken(azure, exchangeForm(assertion));
    expect(body).toEqual({
      error: "invalid_client",
      error_description: expect.stringMatching(
        new RegExp(
          `^AADSTS70025: The client '${clientId}'\\(cart\\) has no configured federated identity credentials\\.\\r\\nTrace ID: [0-9a-f-]{36}\\r\\nCorrelation ID: [0-9a-f-]{36}\\r\\nTimestamp: 2026-01-05 08:00:00Z$`,
        ),
      ),
      error_codes: [70025],
      timestamp: "2026-01-05 08:00:00Z",
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      error_uri: "https://login.test/error?code=70025",
    });
  });

  test("forgets a deleted credential at once", async () => {
    const azure = shopAzure({ jwks });
    await putCredential(azure, "cart");
    await arm(azure, "DELETE", `${identityPath}/federatedIdentityCredentials/cart?${apiVersion}`);
    const assertion = signer.serviceAccountToken({ now: azure.clock.now() });
    expect(await refusal(requestToken(azure, exchangeForm(assertion)))).toEqual([401, "invalid_client", 70025]);
  });

  test("gives v1 tokens for a resource, as MIC asks for them: all numbers are text", async () => {
    const azure = shopAzure();
    const seconds = azure.clock.now() / 1000;
    const ask = async (form: Record<string, string>) => {
      const url = `https://login.test/${tenantId}/oauth2/token?api-version=1.0`;
      const body = new URLSearchParams({ grant_type: "client_credentials", client_id: operatorClientId, ...form });
      return azure.handle({ method: "POST", url, headers: {}, body: body.toString() });
    };
    const { status, body } = await ask({ client_secret: operatorSecret, resource: "https://management.test/" });
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 200,
      body: {
        token_type: "Bearer",
        expires_in: "3599",
        ext_expires_in: "3599",
        expires_on: String(seconds + 3599),
        not_before: String(seconds),
        resource: "https://management.test/",
        access_token: expect.any(String),
      },
    });
    expect((await ask({ client_secret: operatorSecret })).status).toBe(400);
  });

  test("refuses a secret that has expired, with a number of its own", async () => {
    const azure = shopAzure();
    azure.expireSecrets(operatorClientId);
    const form = {
      grant_type: "client_credentials",
      client_id: operatorClientId,
      client_secret: operatorSecret,
      scope: "https://management.test/.default",
    };
    expect(await refusal(requestToken(azure, form))).toEqual([401, "invalid_client", 7000222]);
  });

  test("takes no assertion for a credential that has an expression in place of a subject", async () => {
    const azure = shopAzure({ jwks });
    const path = `${identityPath}/federatedIdentityCredentials/any?api-version=2025-05-31-preview`;
    const claimsMatchingExpression = {
      languageVersion: 1,
      value: "claims['sub'] matches system:serviceaccount:shop:*",
    };
    const written = await arm(azure, "PUT", path, {
      properties: { issuer, audiences: [audience], claimsMatchingExpression },
    });
    expect(written).toMatchObject({ status: 201, body: { properties: { claimsMatchingExpression } } });
    const assertion = signer.serviceAccountToken({ now: azure.clock.now() });
    expect(await refusal(requestToken(azure, exchangeForm(assertion)))).toEqual([401, "invalid_client", 700213]);
  });
});
