import type { TokenCredential } from "@azure/core-auth";
import { describe, expect, test } from "vitest";
import { createArm } from "../../src/azure/arm.ts";
import { keepTokens } from "../../src/azure/keptTokens.ts";
import { createRest } from "../../src/azure/rest.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import { apiVersion, identityPath, shopAzure, tenantId } from "../sandbox/azure/world.ts";

const endpoint = "https://management.azure.com";
const scope = `${endpoint}/.default`;

/** An Azure whose tokens are an hour long by the client's clock, however long they are by the server's. */
function signedIn() {
  const azure = shopAzure();
  const given: string[] = [];
  const credential: TokenCredential = keepTokens(
    async () => {
      const token = azure.issueAccessToken({ tenantId, scope, expiresAt: azure.clock.now() + 3_600_000 });
      given.push(token);
      return { token, expiresOnTimestamp: 3_600_000 };
    },
    { now: () => 0 },
  );
  const httpClient = inProcessHttpClient(azure.handle);
  const arm = createArm({
    cloud: { resourceManagerEndpoint: endpoint, resourceManagerScope: scope },
    credential,
    httpClient,
  });
  const rest = createRest({ endpoint, scope, credential, httpClient });
  return {
    azure,
    given,
    get: {
      "the client library": () => arm.getIdentity(identityPath),
      "plain requests": () => rest.send({ doing: "Reading it", path: `${identityPath}?${apiVersion}` }),
    },
  };
}

describe.each(["the client library", "plain requests"] as const)("a token that ARM refuses, in %s", way => {
  test("fails the request, and the next one has a new token", async () => {
    const { azure, get, given } = signedIn();
    await get[way]();
    await get[way]();
    expect(given.length).toBe(1);
    azure.expireTokens();
    await expect(get[way]()).rejects.toMatchObject({ status: 401, code: "ExpiredAuthenticationToken" });
    await get[way]();
    expect(given.length).toBe(2);
  });
});
