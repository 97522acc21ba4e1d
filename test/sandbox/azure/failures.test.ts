import { describe, expect, test } from "vitest";
import { ConnectionReset } from "../../../src/sandbox/azure/http.ts";
import {
  apiVersion,
  arm,
  identityPath,
  operatorClientId,
  operatorSecret,
  putCredential,
  requestToken,
  shopAzure,
} from "./world.ts";

const list = `${identityPath}/federatedIdentityCredentials?${apiVersion}`;

describe("throttling and failures of the simulated Azure", () => {
  test("throttles nothing unless asked to", async () => {
    const azure = shopAzure();
    const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await arm(azure, "GET", list)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test("answers 429 with Retry-After when a bucket is empty, and takes requests again after that time", async () => {
    const azure = shopAzure({ throttle: {} });
    const statuses: number[] = [];
    for (let index = 0; index < 11; index++) statuses.push((await arm(azure, "GET", list)).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429]);
    const refused = await arm(azure, "GET", list);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "TooManyRequests" } } });
    expect(refused.headers["retry-after"]).toBe("4");
    await azure.clock.sleep(4000);
    expect((await arm(azure, "GET", list)).status).toBe(200);
    expect((await arm(azure, "GET", list)).status).toBe(429);
  });

  test("counts each identity by itself and each subscription as a whole", async () => {
    const rates = { get: { tenant: 100, subscription: 3, resource: 1 } };
    const azure = shopAzure({ throttle: { rates, burstSeconds: 1 } });
    const get = async (name: string) =>
      (await arm(azure, "GET", `${identityPath.replace(/cart$/, name)}?${apiVersion}`)).status;
    for (const name of ["till", "bill", "mill"]) {
      azure.addIdentity({
        subscriptionId: identityPath.split("/")[2] ?? "",
        resourceGroup: "Shop-RG",
        name,
        tenantId: "t",
        clientId: name,
        principalId: name,
      });
    }
    expect([await get("cart"), await get("cart"), await get("till"), await get("bill"), await get("mill")]).toEqual([
      200, 429, 200, 200, 429,
    ]);
  });

  test("fails as often as asked, for the method and path asked", async () => {
    const azure = shopAzure();
    azure.fail({
      effect: "answer",
      method: "PUT",
      path: "/federatedIdentityCredentials/",
      count: 2,
      status: 503,
      code: "ServiceUnavailable",
    });
    expect((await arm(azure, "GET", list)).status).toBe(200);
    const statuses = [
      await putCredential(azure, "one"),
      await putCredential(azure, "one"),
      await putCredential(azure, "one"),
    ];
    expect(statuses.map(answer => answer.status)).toEqual([503, 503, 201]);
  });

  test("fails for a share of the requests, and for the same ones when run again", async () => {
    const outcomes = async (seed: number) => {
      const azure = shopAzure();
      azure.fail({
        effect: "answer",
        path: list.split("?")[0] ?? "",
        status: 429,
        code: "TooManyRequests",
        share: 0.2,
        seed,
      });
      const statuses: number[] = [];
      for (let index = 0; index < 500; index++) statuses.push((await arm(azure, "GET", list)).status);
      return statuses;
    };
    const first = await outcomes(7);
    const failed = first.filter(status => status === 429).length;
    expect(failed).toBeGreaterThan(70);
    expect(failed).toBeLessThan(130);
    expect(await outcomes(7)).toEqual(first);
    expect(await outcomes(8)).not.toEqual(first);
  });

  test("answers late when asked to, with what was true before", async () => {
    const azure = shopAzure();
    azure.fail({ effect: "slow", path: /one$/, milliseconds: 30_000 });
    const started = azure.clock.now();
    expect((await putCredential(azure, "one")).status).toBe(201);
    expect(azure.clock.now() - started).toBe(30_000);
  });

  test("takes one request at a time where there is no burst", async () => {
    const azure = shopAzure({ throttle: { burstSeconds: 0 } });
    const statuses = [await putCredential(azure, "one"), await putCredential(azure, "two")];
    expect(statuses.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual([
      [201, undefined],
      [429, "4"],
    ]);
  });

  test("resets before anything has happened, or loses the answer after it has", async () => {
    const azure = shopAzure();
    azure.fail({ effect: "reset", path: /one$/, count: 1 });
    azure.fail({ effect: "answerLost", path: /two$/, count: 1 });
    await expect(putCredential(azure, "one")).rejects.toThrow(ConnectionReset);
    await expect(putCredential(azure, "two")).rejects.toThrow(ConnectionReset);
    expect(azure.federatedCredentials(identityPath).map(one => one.name)).toEqual(["two"]);
    expect(azure.requests.map(request => request.outcome)).toEqual(["reset", "answerLost"]);
  });

  test("logs every request, without secrets", async () => {
    const azure = shopAzure();
    await arm(azure, "GET", list);
    const scope = "https://management.test/.default";
    await requestToken(azure, {
      grant_type: "client_credentials",
      client_id: operatorClientId,
      client_secret: operatorSecret,
      scope,
    });
    expect(azure.requests).toMatchObject([
      { at: azure.clock.now(), method: "GET", query: { "api-version": "2024-11-30" }, outcome: 200 },
      { method: "POST", body: { grant_type: "client_credentials", client_id: operatorClientId, scope }, outcome: 200 },
    ]);
    expect(JSON.stringify(azure.requests)).not.toContain(operatorSecret);
  });
});
