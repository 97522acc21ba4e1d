import type { HttpClient } from "@azure/core-rest-pipeline";
import { createHttpHeaders } from "@azure/core-rest-pipeline";
import { describe, expect, test } from "vitest";
import { createArm } from "../../src/azure/arm.ts";
import { AzureError } from "../../src/azure/azureError.ts";
import { AzureSignInError } from "../../src/azure/signInError.ts";
import { ApiError } from "../../src/core/ports.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import type { SimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { audience, clientId, identityPath, issuer, shopAzure, tenantId, token } from "../sandbox/azure/world.ts";

const cloud = {
  resourceManagerEndpoint: "https://management.test",
  resourceManagerScope: "https://management.test/.default",
};
const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) };
const content = { issuer, subject: "system:serviceaccount:shop:cart", audience };
const answeredId = identityPath.replace("resourceGroups", "resourcegroups");

function armOn(azure: SimulatedAzure, httpClient: HttpClient = inProcessHttpClient(azure.handle)) {
  return createArm({ cloud, credential, httpClient });
}

async function failure(work: Promise<unknown>): Promise<AzureError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AzureError);
  return error as AzureError;
}

/** An HTTP client that always gives one answer, for answers that Azure itself would not give. */
function answering(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): HttpClient & { sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    sendRequest: async request => {
      sent.push(request.url);
      return { request, status, headers: createHttpHeaders(headers), bodyAsText: body };
    },
  };
}

describe("managed identities through Azure Resource Manager", () => {
  test("reads an identity by its resource id in any case", async () => {
    const identity = await armOn(shopAzure()).getIdentity(identityPath.toUpperCase());
    expect(identity).toEqual({
      id: answeredId,
      name: "cart",
      location: "westeurope",
      tenantId,
      clientId,
      principalId: "cccccccc-0000-0000-0000-00000000000f",
      tags: {},
    });
  });

  test("writes, reads, lists and deletes a federated credential", async () => {
    const azure = shopAzure();
    const arm = armOn(azure);
    const written = {
      id: `${answeredId}/federatedIdentityCredentials/shop-cart`,
      name: "shop-cart",
      issuer,
      subject: content.subject,
      audiences: [audience],
    };
    expect(await arm.putFederatedCredential(identityPath, "shop-cart", content)).toEqual(written);
    expect(await arm.getFederatedCredential(identityPath, "shop-cart")).toEqual(written);
    expect(await arm.listFederatedCredentials(identityPath)).toEqual([written]);
    expect(await arm.deleteFederatedCredential(identityPath, "shop-cart")).toBe("deleted");
    expect(await arm.deleteFederatedCredential(identityPath, "shop-cart")).toBe("absent");
    expect(await arm.listFederatedCredentials(identityPath)).toEqual([]);
  });

  test("asks with api-version 2024-11-30 and says who it is", async () => {
    const azure = shopAzure();
    await armOn(azure).listFederatedCredentials(identityPath);
    expect(azure.requests).toMatchObject([{ query: { "api-version": "2024-11-30" } }]);
    expect(azure.requests[0]?.userAgent).toMatch(/^azwi-migrate /);
  });

  test("reads every page of a list", async () => {
    const azure = shopAzure({ pageSize: 3 });
    const arm = armOn(azure);
    const names = Array.from({ length: 8 }, (_, index) => `credential-${index}`);
    for (const name of names) await arm.putFederatedCredential(identityPath, name, { ...content, subject: name });
    expect((await arm.listFederatedCredentials(identityPath)).map(one => one.name)).toEqual(names);
    expect(azure.requests.filter(request => request.method === "GET")).toHaveLength(3);
  });

  test("does not follow a link to another host, where the token would go", async () => {
    const nextLink = "https://elsewhere.test/subscriptions/s?$skiptoken=1";
    const httpClient = answering(200, JSON.stringify({ value: [], nextLink }));
    const error = await failure(armOn(shopAzure(), httpClient).listFederatedCredentials(identityPath));
    expect(error.message).toContain("answered with a link to https://elsewhere.test; it is not followed");
    expect(httpClient.sent).toHaveLength(1);
  });

  test("ends a list whose links lead in a circle", async () => {
    const nextLink = `${cloud.resourceManagerEndpoint}${identityPath}/federatedIdentityCredentials?$skiptoken=1`;
    const httpClient = answering(200, JSON.stringify({ value: [], nextLink }));
    const error = await failure(armOn(shopAzure(), httpClient).listFederatedCredentials(identityPath));
    expect(error.message).toContain("does not come to an end");
    expect(httpClient.sent.length).toBeLessThanOrEqual(1000);
  });

  test.each([
    ["an empty answer", ""],
    ["an empty object", "{}"],
    ["a proxy's page", "<html>Sign in to the network</html>"],
  ])("does not take %s for an identity without credentials", async (_, body) => {
    const arm = armOn(shopAzure(), answering(200, body));
    expect((await failure(arm.listFederatedCredentials(identityPath))).kind).toBe("other");
    expect((await failure(arm.putFederatedCredential(identityPath, "shop-cart", content))).kind).toBe("other");
  });

  test("does not take a claims challenge that it cannot read for success", async () => {
    const challenge = 'Bearer realm="", error="insufficient_claims", claims="%%%not-base64%%%"';
    const body = JSON.stringify({ error: { code: "InvalidAuthenticationToken", message: "no" } });
    const arm = armOn(shopAzure(), answering(401, body, { "WWW-Authenticate": challenge }));
    const unauthorized = { kind: "unauthorized", status: 401, code: "InvalidAuthenticationToken" };
    expect(await failure(arm.listFederatedCredentials(identityPath))).toMatchObject(unauthorized);
    expect(await failure(arm.putFederatedCredential(identityPath, "shop-cart", content))).toMatchObject(unauthorized);
  });

  test("sends every request once, whatever the answer", async () => {
    for (const status of [408, 429, 500, 503]) {
      const azure = shopAzure();
      azure.fail({
        effect: "answer",
        path: "/userAssignedIdentities/",
        status,
        code: "X",
        headers: { "retry-after": "7" },
      });
      expect(await failure(armOn(azure).listFederatedCredentials(identityPath))).toMatchObject({ status, code: "X" });
      expect(azure.requests).toHaveLength(1);
    }
  });

  test("classifies what the service answers", async () => {
    const azure = shopAzure({ writeMilliseconds: 500 });
    const arm = armOn(azure);
    const nobody = identityPath.replace(/cart$/, "nobody");
    expect(await failure(arm.getIdentity(nobody))).toMatchObject({
      kind: "notFound",
      status: 404,
      code: "ResourceNotFound",
    });
    expect(await failure(arm.listFederatedCredentials(nobody))).toMatchObject({
      kind: "notFound",
      code: "ParentResourceNotFound",
    });
    const [, second] = await Promise.allSettled([
      arm.putFederatedCredential(identityPath, "first", content),
      arm.putFederatedCredential(identityPath, "second", { ...content, subject: "second" }),
    ]);
    expect(second).toMatchObject({
      status: "rejected",
      reason: {
        kind: "conflict",
        status: 409,
        code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
      },
    });
    expect(await failure(arm.putFederatedCredential(identityPath, "third", content))).toMatchObject({
      kind: "badRequest",
      message: `Writing the federated credential third of ${identityPath}: 400 BadRequest: Issuer and subject combination already exists for this Managed Identity.`,
    });
    azure.fail({ effect: "answer", path: identityPath, status: 403, code: "RequestDisallowedByPolicy", count: 1 });
    const denied = await failure(arm.putFederatedCredential(identityPath, "third", content));
    expect(denied).toMatchObject({ kind: "forbidden", reason: "RequestDisallowedByPolicy" });
    expect(denied).toBeInstanceOf(ApiError);
  });

  test.each([
    [{ "retry-after": "17" }, 17],
    [{ "retry-after": "Mon, 05 Jan 2026 08:00:30 GMT", date: "Mon, 05 Jan 2026 08:00:00 GMT" }, 30],
    [{ "retry-after-ms": "1500" }, 1.5],
    [{ "x-ms-retry-after-ms": "250" }, 0.25],
    [{}, undefined],
  ])("reads the wait of a throttled answer from %j", async (headers, seconds) => {
    const body = JSON.stringify({ error: { code: "TooManyRequests", message: "slow down" } });
    const error = await failure(
      armOn(shopAzure(), answering(429, body, headers as Record<string, string>)).getIdentity(identityPath),
    );
    expect(error).toMatchObject({ kind: "throttled", status: 429 });
    expect(error.retryAfterSeconds).toBe(seconds);
  });

  test("says that no answer came, though the write may have happened", async () => {
    const azure = shopAzure();
    azure.fail({ effect: "answerLost", path: "/federatedIdentityCredentials/", count: 1 });
    const error = await failure(armOn(azure).putFederatedCredential(identityPath, "shop-cart", content));
    expect(error).toMatchObject({ kind: "network", status: undefined, code: "ECONNRESET" });
    expect(error.message).toContain("management.test cannot be reached (ECONNRESET)");
    expect(azure.federatedCredentials(identityPath)).toHaveLength(1);
  });

  test("refuses names and ids that would lead a request elsewhere, before anything is sent", async () => {
    const azure = shopAzure();
    const arm = armOn(azure);
    expect((await failure(arm.deleteFederatedCredential(identityPath, ".."))).kind).toBe("badRequest");
    expect((await failure(arm.putFederatedCredential(identityPath, "a/../../x", content))).kind).toBe("badRequest");
    expect((await failure(arm.getIdentity(`${identityPath}/..`))).kind).toBe("badRequest");
    expect(azure.requests).toEqual([]);
  });

  test("keeps tokens out of messages, whoever quotes them", async () => {
    const message = `The token 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln' (Authorization: Bearer ${token}${token}) is no good`;
    const azure = shopAzure();
    azure.fail({ effect: "answer", path: identityPath, status: 401, code: "InvalidAuthenticationToken", message });
    const error = await failure(armOn(azure).getIdentity(identityPath));
    expect(error.message).toContain("The token '***' (Authorization: Bearer ***) is no good");
  });

  test("lets a sign-in error and an abort through as they are", async () => {
    const refused = new AzureSignInError("no", { failure: "noSignIn", hint: "az login" });
    const signedOut = createArm({
      cloud,
      credential: { getToken: () => Promise.reject(refused) },
      httpClient: inProcessHttpClient(shopAzure().handle),
    });
    await expect(signedOut.getIdentity(identityPath)).rejects.toBe(refused);
    const signal = AbortSignal.abort();
    await expect(armOn(shopAzure()).getIdentity(identityPath, { signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
