import type { HttpClient } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { tokenExchange } from "../../src/azure/exchange.ts";
import type { SandboxRequest } from "../../src/sandbox/azure/http.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { audience, clientId, createSigner, issuer, shopAzure, tenantId } from "../sandbox/azure/world.ts";

const cloud = {
  authorityHost: "https://login.test",
  resourceManagerScope: "https://management.test/.default",
};
const subject = "system:serviceaccount:shop:cart";
const signer = createSigner();
const clock = new SimulatedClock();
const assertion = signer.serviceAccountToken({ now: clock.now() });

function entra(credential: { issuer?: string; subject?: string; audience?: string } = {}) {
  const azure = shopAzure({ clock, jwks: async () => signer.jwks });
  azure.addIdentity({
    subscriptionId: "sub",
    resourceGroup: "shop",
    name: "billing",
    tenantId,
    clientId: "billing-client",
    principalId: "billing-principal",
    federatedCredentials: [{ name: "cart", issuer, subject, audience, ...credential }],
  });
  const sent: SandboxRequest[] = [];
  const { exchangeToken: exchange } = tokenExchange({
    cloud,
    clock,
    httpClient: inProcessHttpClient(request => {
      sent.push(request);
      return azure.handle(request);
    }),
  });
  return { azure, exchange, sent };
}

/** An authority that always answers this. */
function answering(status: number, body: string, headers: Record<string, string> = {}) {
  let requests = 0;
  const httpClient: HttpClient = inProcessHttpClient(async () => {
    requests += 1;
    return { status, body, headers };
  });
  const { exchangeToken } = tokenExchange({ cloud, clock, httpClient });
  return { requests: () => requests, ask: () => exchangeToken({ tenant: tenantId, clientID: clientId, assertion }) };
}

describe("the exchange of a service account's token", () => {
  test("is the form that a workload posts, and keeps nothing of the token that comes back", async () => {
    const { exchange, sent } = entra();
    expect(await exchange({ tenant: tenantId, clientID: "billing-client", assertion })).toEqual({
      expiresInSeconds: 86_399,
    });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST https://login.test/${tenantId}/oauth2/v2.0/token`,
    ]);
    expect(Object.fromEntries(new URLSearchParams(sent[0]?.body))).toEqual({
      grant_type: "client_credentials",
      client_id: "billing-client",
      scope: "https://management.test/.default",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    });
    expect(sent[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(sent[0]?.headers.authorization).toBeUndefined();
  });

  test.each([
    [{ issuer: issuer.slice(0, -1) }, 700211],
    [{ subject: "system:serviceaccount:shop:other" }, 700213],
    [{ audience: "api://Other" }, 700212],
  ])("that a credential of %o does not fit is Entra's no, with its number", async (credential, code) => {
    const { exchange } = entra(credential);
    const answer = await exchange({ tenant: tenantId, clientID: "billing-client", assertion });
    expect(answer).toEqual({
      status: 401,
      error: "invalid_client",
      codes: [code],
      message: expect.stringMatching(new RegExp(`^AADSTS${code}: No matching [^\\r\\n]*federation$`)),
    });
  });

  test("for a client that the tenant does not have is a no of another number", async () => {
    const { exchange } = entra();
    const answer = await exchange({ tenant: tenantId, clientID: "nobody", assertion });
    expect(answer).toMatchObject({ status: 400, error: "unauthorized_client", codes: [700016] });
  });

  test("reads the number from the words where the list is missing", async () => {
    const body = { error: "invalid_request", error_description: "AADSTS70021: No matching record.\r\nTrace ID: x" };
    expect(await answering(400, JSON.stringify(body)).ask()).toEqual({
      status: 400,
      error: "invalid_request",
      codes: [70021],
      message: "AADSTS70021: No matching record.",
    });
  });

  test("is tried once: throttling and server errors are told with what they ask for", async () => {
    const throttled = answering(429, JSON.stringify({ error: "temporarily_unavailable" }), { "retry-after": "7" });
    await expect(throttled.ask()).rejects.toMatchObject({ name: "AzureError", status: 429, retryAfterSeconds: 7 });
    const broken = answering(503, "<html>");
    await expect(broken.ask()).rejects.toMatchObject({ name: "AzureError", status: 503 });
    expect([throttled.requests(), broken.requests()]).toEqual([1, 1]);
  });

  test.each(["https://elsewhere.test/", "/there"])("follows no redirect, as to %s", async location => {
    const moved = answering(307, "", { location });
    await expect(moved.ask()).rejects.toMatchObject({ status: 307 });
    expect(moved.requests()).toBe(1);
  });

  test.each(["", "{}", '{"access_token":""}', "[]", '"x"'])("takes the answer %j for no token", async body => {
    await expect(answering(200, body).ask()).rejects.toThrow(
      "Exchanging a token at login.test: the answer (200) is not one of Microsoft Entra's",
    );
  });

  test("never tells a token, whatever the answer quotes", async () => {
    const quoting = JSON.stringify({ error: "invalid_client", error_description: `AADSTS50027: bad ${assertion}` });
    expect(JSON.stringify(await answering(401, quoting).ask())).not.toContain(assertion.slice(0, 40));
    const error: unknown = await answering(500, quoting)
      .ask()
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify([String(error), error])).not.toContain(assertion.slice(0, 40));
  });
});
