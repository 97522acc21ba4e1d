import { describe, expect, test } from "vitest";
import type { SimulatedAzureOptions } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { audience, createSigner, exchangeForm, issuer, requestToken, shopAzure, tenantId, token } from "./world.ts";

const clientID = "12340000-0000-4000-8000-000000000001";
const guestTenant = "99990000-0000-4000-8000-000000000009";
const application = `/v1.0/applications(appId='${clientID}')`;
const credentials = `${application}/federatedIdentityCredentials`;

const one = { name: "one", issuer, subject: "system:serviceaccount:shop:one", audiences: [audience] };

function graph(options: Partial<SimulatedAzureOptions> = {}) {
  const azure = shopAzure(options);
  const { objectId } = azure.addApplication({
    tenantId,
    clientId: clientID,
    displayName: "till",
    guestTenants: [guestTenant],
  });
  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await azure.handle({
      method,
      url: `https://graph.test${path}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: body === undefined ? "" : JSON.stringify(body),
    });
    return { status: response.status, body: response.body === "" ? "" : JSON.parse(response.body) };
  }
  const code = async (...asked: Parameters<typeof ask>) => {
    const { status, body } = await ask(...asked);
    return [status, body?.error?.code];
  };
  return { azure, objectId, ask, code };
}

describe("the simulated Microsoft Graph", () => {
  test("has an application under both of its ids", async () => {
    const { objectId, ask } = graph();
    const shown = { id: objectId, appId: clientID, displayName: "till" };
    expect(await ask("GET", application)).toEqual({ status: 200, body: shown });
    expect(await ask("GET", `/v1.0/applications/${objectId}?$select=id`)).toEqual({
      status: 200,
      body: { id: objectId },
    });
  });

  test("creates a credential and shows it by name and id", async () => {
    const { ask } = graph();
    const created = await ask("POST", credentials, { ...one, description: "ours" });
    const { id } = created.body;
    expect(created).toEqual({ status: 201, body: { id, ...one, description: "ours" } });
    expect((await ask("GET", `${credentials}/one`)).body).toEqual(created.body);
    expect((await ask("GET", `${credentials}/${id}`)).body).toEqual(created.body);
    expect((await ask("GET", `${credentials}?$filter=name eq 'one'`)).body).toEqual({ value: [created.body] });
    expect((await ask("GET", `${credentials}?$filter=subject eq 'x'`)).body).toEqual({ value: [] });
  });

  test("creates what is missing only when it is preferred, and updates the rest", async () => {
    const { azure, ask, code } = graph();
    const { name, ...content } = one;
    const byName = `${credentials}(name='one')`;
    expect(await code("PATCH", byName, content)).toEqual([404, "Request_ResourceNotFound"]);
    const prefer = { prefer: "create-if-missing" };
    expect((await ask("PATCH", byName, content, prefer)).status).toBe(201);
    expect((await ask("PATCH", byName, { subject: "other" }, prefer)).status).toBe(204);
    expect(azure.applicationCredentials(clientID)).toEqual([{ name, issuer, subject: "other", audience }]);
    expect(await code("PATCH", byName, { name: "two" })).toEqual([400, "Request_BadRequest"]);
  });

  test.each([
    ["a name that is there", { ...one, subject: "other" }, [409, "Request_MultipleObjectsWithSameKeyValue"]],
    ["issuer and subject that are there", { ...one, name: "two" }, [400, "InvalidFederatedIdentityCredentialValue"]],
    ["two audiences", { ...one, name: "two", audiences: ["a", "b"] }, [400, "InvalidFederatedIdentityCredentialValue"]],
    ["no subject", { name: "two", issuer, audiences: [audience] }, [400, "InvalidFederatedIdentityCredentialValue"]],
    ["a name of two letters", { ...one, name: "ab" }, [400, "InvalidFederatedIdentityCredentialValue"]],
    ["a name of 121 letters", { ...one, name: "x".repeat(121) }, [400, "InvalidFederatedIdentityCredentialValue"]],
    [
      "an issuer of 601",
      { ...one, name: "two", issuer: "x".repeat(601) },
      [400, "InvalidFederatedIdentityCredentialValue"],
    ],
    ["no body", undefined, [400, "InvalidFederatedIdentityCredentialValue"]],
  ])("refuses %s", async (_, body, refusal) => {
    const { ask, code } = graph();
    await ask("POST", credentials, one);
    expect(await code("POST", credentials, body)).toEqual(refusal);
  });

  test("has room for twenty", async () => {
    const { code } = graph();
    for (let number = 1; number <= 20; number++)
      expect(await code("POST", credentials, { ...one, name: `n-${number}`, subject: `s-${number}` })).toEqual([
        201,
        undefined,
      ]);
    expect(await code("POST", credentials, one)).toEqual([400, "Request_BadRequest"]);
  });

  test("deletes once", async () => {
    const { ask, code } = graph();
    await ask("POST", credentials, one);
    expect(await code("DELETE", `${credentials}/one`)).toEqual([204, undefined]);
    expect(await code("DELETE", `${credentials}/one`)).toEqual([404, "Request_ResourceNotFound"]);
  });

  test("knows who asks: nobody without a token, no token of ARM, no application of another tenant", async () => {
    const { azure, ask, code } = graph();
    const unauthorized = [401, "InvalidAuthenticationToken"];
    expect(await code("GET", application, undefined, { authorization: "" })).toEqual(unauthorized);
    azure.addAccessToken(token, { scope: "https://management.test/.default" });
    expect(await code("GET", application)).toEqual(unauthorized);
    azure.addAccessToken(token, { scope: "https://graph.test/.default", tenantId: guestTenant });
    expect(await code("GET", application)).toEqual([404, "Request_ResourceNotFound"]);
    expect((await ask("GET", `/v1.0/servicePrincipals(appId='${clientID}')`)).body).toMatchObject({
      appOwnerOrganizationId: tenantId,
    });
  });

  test("gives Entra the credentials that assertions are held against, in guest tenants too", async () => {
    const signer = createSigner();
    const { azure, ask } = graph({ jwks: async () => signer.jwks });
    await ask("POST", credentials, { ...one, subject: "system:serviceaccount:shop:cart" });
    const form = {
      ...exchangeForm(signer.serviceAccountToken({ now: azure.clock.now() })),
      client_id: clientID,
    };
    for (const tenant of [tenantId, guestTenant])
      expect(await requestToken(azure, form, tenant)).toMatchObject({ status: 200 });
  });
});
