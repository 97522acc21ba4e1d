import { describe, expect, test } from "vitest";
import { createAzureAccess } from "../../src/azure/access.ts";
import type { FederatedCredential } from "../../src/core/model.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import type { SimulatedAzureOptions } from "../../src/sandbox/azure/simulatedAzure.ts";
import { audience, identityPath, issuer, shopAzure, tenantId, token } from "../sandbox/azure/world.ts";

const clientID = "12340000-0000-4000-8000-000000000001";
const vendorTenant = "99990000-0000-4000-8000-000000000009";
const graph = "/v1.0/applications";

function credential(name: string, subject = `system:serviceaccount:shop:${name}`): FederatedCredential {
  return { name, issuer, subject, audience };
}

function world(
  federatedCredentials: readonly FederatedCredential[] = [],
  {
    graphEndpoint = "https://graph.test",
    ...options
  }: Partial<SimulatedAzureOptions> & { graphEndpoint?: string } = {},
) {
  const azure = shopAzure(options);
  azure.addApplication({ tenantId, clientId: clientID, displayName: "till", federatedCredentials });
  const scopes: unknown[] = [];
  const access = createAzureAccess({
    cloud: {
      name: "test",
      authorityHost: "https://login.test",
      resourceManagerEndpoint: "https://management.test",
      resourceManagerScope: "https://management.test/.default",
      ...(graphEndpoint === "" ? {} : { graphEndpoint }),
    },
    credential: {
      async getToken(scope) {
        scopes.push(scope);
        return { token, expiresOnTimestamp: Date.now() + 3600_000 };
      },
    },
    httpClient: inProcessHttpClient(azure.handle),
    clock: azure.clock,
  });
  const sent = () =>
    azure.requests.map(({ method, path, outcome }) => `${method} ${path.replace(graph, "")} ${outcome}`);
  return { azure, access, scopes, sent };
}

describe("an application in Microsoft Graph", () => {
  test("is found by its client id, in any case, with Graph's own scope", async () => {
    const { access, scopes, sent } = world();
    expect(await access.getApplication(clientID.toUpperCase())).toEqual({ clientID: clientID.toUpperCase() });
    expect(scopes.flat()).toEqual(["https://graph.test/.default"]);
    expect(sent()).toEqual([`GET (appId='${clientID.toUpperCase()}') 200`]);
  });

  test("is a guest where only a service principal of it is", async () => {
    const { azure, access } = world();
    azure.addApplication({
      tenantId: vendorTenant,
      clientId: "56780000-0000-4000-8000-000000000001",
      displayName: "vendor",
      guestTenants: [tenantId],
    });
    azure.addAccessToken(token, { tenantId });
    expect(await access.getApplication("56780000-0000-4000-8000-000000000001")).toEqual({
      clientID: "56780000-0000-4000-8000-000000000001",
      homeTenant: vendorTenant,
    });
  });

  test("is nowhere when neither is there, or a service principal may not be seen", async () => {
    const { azure, access } = world();
    const nobody = "56780000-0000-4000-8000-000000000002";
    expect(await access.getApplication(nobody)).toBeUndefined();
    azure.fail({ effect: "answer", path: "/servicePrincipals", status: 403, code: "Authorization_RequestDenied" });
    expect(await access.getApplication(nobody)).toBeUndefined();
  });

  test.each(["", "x", "../applications", `${clientID}')/owners?x=('`])("is not asked for as %j", async id => {
    const { azure, access } = world();
    await expect(access.getApplication(id)).rejects.toThrow("is not the client id of an application");
    await expect(access.listCredentials(id)).rejects.toThrow("is not the client id of an application");
    expect(azure.requests).toEqual([]);
  });

  test("cannot be reached in a cloud whose file has no microsoftGraphEndpoint", async () => {
    const { azure, access } = world([], { graphEndpoint: "" });
    await expect(access.getApplication(clientID)).rejects.toThrow(
      "The cloud test has no microsoftGraphEndpoint in its file",
    );
    expect(azure.requests).toEqual([]);
  });
});

describe("the federated credentials of an application", () => {
  test("are listed over all pages", async () => {
    const credentials = ["one", "two", "three"].map(name => credential(name));
    const { access, sent } = world(credentials, { pageSize: 2 });
    expect(await access.listCredentials(clientID)).toEqual(credentials);
    expect(sent()).toHaveLength(2);
  });

  test("are read by name", async () => {
    const { access } = world([credential("one")]);
    expect(await access.getCredential(clientID, "one")).toEqual(credential("one"));
    expect(await access.getCredential(clientID, "two")).toBeUndefined();
    await expect(access.getCredential(clientID, "..")).rejects.toThrow("is no name of a federated credential");
  });

  test("are created with a mark, after a look", async () => {
    const { azure, access, sent } = world();
    expect(await access.putCredential(clientID, credential("shop-one"))).toEqual(credential("shop-one"));
    expect(azure.applicationCredentials(clientID)).toEqual([credential("shop-one")]);
    const path = `(appId='${clientID}')/federatedIdentityCredentials`;
    expect(sent()).toEqual([`GET ${path}/shop-one 404`, `POST ${path} 201`]);
    expect(azure.requests.at(-1)?.body).toMatchObject({ description: "Created by azwi-migrate" });
  });

  test("are left as they are when the same one is there, under this name or another", async () => {
    const { access, sent } = world([credential("mine")]);
    expect(await access.putCredential(clientID, credential("mine"))).toEqual(credential("mine"));
    expect(await access.putCredential(clientID, { ...credential("mine"), name: "other" })).toEqual(credential("mine"));
    expect(sent().filter(one => one.endsWith("201"))).toEqual([]);
  });

  test("never take the place of one with another subject", async () => {
    const { azure, access, sent } = world([credential("one", "system:serviceaccount:bank:one")]);
    await expect(access.putCredential(clientID, credential("one"))).rejects.toMatchObject({
      code: "Request_MultipleObjectsWithSameKeyValue",
      message: expect.stringContaining("one of that name exists for the subject system:serviceaccount:bank:one"),
    });
    expect(azure.applicationCredentials(clientID)).toEqual([credential("one", "system:serviceaccount:bank:one")]);
    expect(sent().filter(one => one.startsWith("P"))).toEqual([]);
  });

  test("cannot have the subject of one with another audience", async () => {
    const { access } = world([{ ...credential("one"), audience: "api://other" }]);
    await expect(access.putCredential(clientID, { ...credential("one"), name: "two" })).rejects.toMatchObject({
      status: 400,
      code: "InvalidFederatedIdentityCredentialValue",
    });
  });

  test("are there although the answer to the write was lost", async () => {
    const { azure, access } = world();
    azure.fail({ effect: "answerLost", method: "POST", path: graph, count: 1 });
    await expect(access.putCredential(clientID, credential("shop-one"))).rejects.toMatchObject({ kind: "network" });
    expect(await access.putCredential(clientID, credential("shop-one"))).toEqual(credential("shop-one"));
  });

  test("are twenty at most", async () => {
    const { access } = world(Array.from({ length: 20 }, (_, index) => credential(`number-${index}`)));
    await expect(access.putCredential(clientID, credential("shop-one"))).rejects.toMatchObject({ status: 400 });
  });

  test("are deleted, or were not there", async () => {
    const { azure, access } = world([credential("one")]);
    await access.deleteCredential(clientID, "one");
    await access.deleteCredential(clientID, "one");
    expect(azure.applicationCredentials(clientID)).toEqual([]);
  });

  test.each(["ab", "a b", "a/b", "..", "-ab", "x".repeat(121)])("cannot be called %j", async name => {
    const { azure, access } = world();
    await expect(access.putCredential(clientID, credential(name))).rejects.toMatchObject({ kind: "badRequest" });
    expect(azure.requests).toEqual([]);
  });

  test("say which right is missing, the smallest first", async () => {
    const { azure, access } = world();
    azure.fail({
      effect: "answer",
      method: "POST",
      path: graph,
      status: 403,
      code: "Authorization_RequestDenied",
      message: "Insufficient privileges to complete the operation.",
    });
    await expect(access.putCredential(clientID, credential("shop-one"))).rejects.toMatchObject({
      kind: "forbidden",
      code: "Authorization_RequestDenied",
      message: expect.stringMatching(
        /Insufficient privileges.* Needed, the smallest first: to be an owner .*Application\.ReadWrite\.OwnedBy.*Cloud Application Administrator.*Application\.ReadWrite\.All\.$/,
      ),
    });
  });

  test("say whom to ask where a policy of the tenant forbids the issuer", async () => {
    const { azure, access } = world();
    azure.fail({
      effect: "answer",
      method: "POST",
      path: graph,
      status: 400,
      code: "InvalidFederatedIdentityCredentialValue",
      message: "The issuer is not allowed as per assigned policy",
    });
    await expect(access.putCredential(clientID, credential("shop-one"))).rejects.toThrow(
      `not allowed as per assigned policy. Ask those who keep the tenant's app management policy to allow the issuer ${issuer}.`,
    );
  });

  test("are waited for as long as Graph says", async () => {
    const { azure, access } = world();
    azure.fail({
      effect: "answer",
      path: graph,
      status: 429,
      code: "TooManyRequests",
      headers: { "retry-after": "17" },
    });
    await expect(access.listCredentials(clientID)).rejects.toMatchObject({
      kind: "throttled",
      retryAfterSeconds: 17,
    });
  });

  test("are of managed identities where the principal is a resource id", async () => {
    const { azure, access } = world();
    await access.putCredential(identityPath.toLowerCase(), credential("shop-one"));
    expect(await access.listCredentials(identityPath)).toEqual([credential("shop-one")]);
    expect(azure.applicationCredentials(clientID)).toEqual([]);
  });

  test("are held by no token that speaks for another tenant", async () => {
    const { azure, access } = world();
    azure.addAccessToken(token, { tenantId: vendorTenant });
    await expect(access.listCredentials(clientID)).rejects.toMatchObject({
      kind: "notFound",
      code: "Request_ResourceNotFound",
    });
  });
});
