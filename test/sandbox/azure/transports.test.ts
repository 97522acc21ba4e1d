import { readFileSync } from "node:fs";
import { createDefaultHttpClient, createPipelineRequest, type HttpClient } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HttpsTransport, serveHttps } from "../../../src/sandbox/azure/httpsTransport.ts";
import { inProcessHttpClient } from "../../../src/sandbox/azure/inProcessTransport.ts";
import { apiVersion, identityPath, shopAzure, systemClock, token } from "./world.ts";

const pem = (name: string) =>
  readFileSync(new URL(`../../fixtures/tls/simulated-azure.${name}.pem`, import.meta.url), "utf8");
const cert = pem("crt");

/** The real HTTP client of Azure's libraries, which trusts the test certificate. */
function httpsClient(): HttpClient {
  const client = createDefaultHttpClient();
  return { sendRequest: request => client.sendRequest(Object.assign(request, { tlsSettings: { ca: cert } })) };
}

const azure = shopAzure({ clock: systemClock });
let https: HttpsTransport;
beforeAll(async () => {
  https = await serveHttps(azure.handle, { cert, key: pem("key") });
});
afterAll(() => https.close());

describe.each([
  { transport: "HTTPS", client: httpsClient(), origin: () => https.origin },
  {
    transport: "HTTPS as localhost",
    client: httpsClient(),
    origin: () => https.origin.replace("127.0.0.1", "localhost"),
  },
  {
    transport: "the process itself",
    client: inProcessHttpClient(azure.handle),
    origin: () => "https://management.test",
  },
])("the simulated Azure over $transport", ({ client, origin }) => {
  const request = (path: string, more: Partial<Parameters<typeof createPipelineRequest>[0]> = {}) => {
    const created = createPipelineRequest({ url: `${origin()}${path}`, ...more });
    created.headers.set("Authorization", `Bearer ${token}`);
    return created;
  };
  const identity = `${identityPath}?${apiVersion}`;

  test("answers with status, headers and body", async () => {
    const response = await client.sendRequest(request(identity));
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    expect(JSON.parse(response.bodyAsText ?? "")).toMatchObject({ name: "cart" });
  });

  test("carries a body there", async () => {
    const path = `${identityPath}/federatedIdentityCredentials/ab?${apiVersion}`;
    const response = await client.sendRequest(request(path, { method: "PUT", body: '{"properties":{"subject":"ü"}}' }));
    expect(response.status).toBe(400);
    expect(azure.requests.at(-1)).toMatchObject({
      method: "PUT",
      body: { properties: { subject: "ü" } },
      outcome: 400,
    });
  });

  test("ends the connection without an answer when asked to", async () => {
    azure.fail({ effect: "reset", path: identityPath, count: 1 });
    await expect(client.sendRequest(request(identity))).rejects.toMatchObject({
      name: "RestError",
      code: "ECONNRESET",
    });
    expect((await client.sendRequest(request(identity))).status).toBe(200);
  });

  test("gives up when its caller does", async () => {
    const abortSignal = AbortSignal.abort();
    await expect(client.sendRequest(request(identity, { abortSignal }))).rejects.toMatchObject({ name: "AbortError" });
  });
});
