import { describe, expect, it } from "vitest";
import { checksOf } from "../../src/core/verify.ts";
import { clientIDAnnotation, tenantIDAnnotation, valuesOf } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { clientIDOf, credential } from "../core/factories.ts";
import { app, applicationTenant, type EngineWorld, engineWorld, outcomes } from "./world.ts";

const done = { "trust shop-till": "applied", "ServiceAccount/till": "applied", "Deployment/till": "applied" };

function tillWorld(credentials = [] as ReturnType<typeof credential>[]): Promise<EngineWorld> {
  return engineWorld({ objects: app("till", { identity: "till" }), applications: { till: credentials } });
}

/** Requests to Graph that write. */
function writes({ azure }: EngineWorld): string[] {
  return azure.requests
    .filter(({ method, path }) => path.startsWith("/v1.0/") && method !== "GET")
    .map(({ method, outcome }) => `${method} ${outcome}`);
}

async function trustOf(world: EngineWorld) {
  const [step] = (await world.judge()).steps.steps.flatMap(one => (one.op === "trust" ? [one] : []));
  if (!step) throw new Error("no trust");
  return step.trust;
}

describe("a workload whose AzureIdentity is an application", () => {
  it("moves to workload identity, and a second apply does nothing", async () => {
    const world = await tillWorld();
    expect(await world.apply()).toEqual(done);
    expect(writes(world)).toEqual(["POST 201"]);
    expect(world.azure.applicationCredentials(clientIDOf("till"))).toMatchObject([
      { subject: "system:serviceaccount:shop:till" },
    ]);
    expect(
      world.cluster.objects("ServiceAccount").find(({ metadata }) => metadata.name === "till")?.metadata.annotations,
    ).toEqual({ [clientIDAnnotation]: clientIDOf("till"), [tenantIDAnnotation]: applicationTenant });
    expect((await world.judge()).steps).toMatchObject({ steps: [], done: 3 });
    expect(await world.apply()).toEqual({});
    expect(writes(world)).toHaveLength(1);
  });

  it("passes every check then, its pods with the application's client id and tenant", async () => {
    const world = await tillWorld();
    await world.apply();
    const checks = checksOf(await world.judge(), ["prepare", "switch"]);
    expect(checks.map(({ code, result }) => [code, result])).toEqual([
      ["credential-matches", "passed"],
      ["service-account-annotated", "passed"],
      ["template-selects-webhook", "passed"],
      ["pods-mutated", "passed"],
    ]);
    const pods = world.cluster.objects("Pod").filter(({ metadata }) => metadata.namespace === "shop");
    expect(new Set(pods.flatMap(pod => valuesOf(pod, "AZURE_CLIENT_ID")))).toEqual(new Set([clientIDOf("till")]));
    expect(new Set(pods.flatMap(pod => valuesOf(pod, "AZURE_TENANT_ID")))).toEqual(new Set([applicationTenant]));
  });

  it("goes by a credential that is there, whatever its name", async () => {
    const world = await tillWorld([credential("mine", "shop:till")]);
    expect(await world.apply()).toEqual({ "ServiceAccount/till": "applied", "Deployment/till": "applied" });
    expect(writes(world)).toEqual([]);
  });

  it("is judged the same however far the run has come", async () => {
    const world = await tillWorld();
    const { steps } = (await world.judge()).steps;
    for (let count = 0; count <= steps.length; count++) {
      expect((await world.judge()).steps.steps.map(({ id }) => id)).toEqual(steps.slice(count).map(({ id }) => id));
      await world.run(steps.slice(0, count + 1));
    }
  });
});

describe("the credential of an application", () => {
  it("is never written over one of that name with another subject", async () => {
    const world = await tillWorld();
    const { steps } = (await world.judge()).steps;
    const trust = await trustOf(world);
    const other = credential(trust.name, "shop:other");
    await world.azureAccess.putCredential(trust.principal, other);
    expect(outcomes(await world.run(steps))).toMatchObject({
      "trust shop-till": "drifted",
      "Deployment/till": "stopped",
    });
    expect(world.azure.applicationCredentials(clientIDOf("till"))).toEqual([other]);
    expect((await world.judge()).mapped.mappings).toMatchObject([{ blockedBy: ["credential-name-taken"] }]);
  });

  it("has no room as the twenty-first", async () => {
    const full = Array.from({ length: 20 }, (_, index) => credential(`number-${index}`, `bank:number-${index}`));
    const world = await tillWorld(full.slice(1));
    const { steps } = (await world.judge()).steps;
    expect((await (await tillWorld(full)).judge()).mapped.mappings).toMatchObject([
      { blockedBy: ["credential-budget-exceeded"] },
    ]);
    // Somebody takes the last place after the plan.
    await world.azureAccess.putCredential(clientIDOf("till"), credential("number-20", "bank:number-20"));
    expect(outcomes(await world.run(steps))).toMatchObject({
      "trust shop-till": "failed",
      "Deployment/till": "stopped",
    });
  });

  it("is refused with the rights that would do, and the workload stays as it is", async () => {
    const world = await tillWorld();
    world.azure.fail({
      effect: "answer",
      method: "POST",
      path: "/v1.0/applications",
      status: 403,
      code: "Authorization_RequestDenied",
      message: "Insufficient privileges to complete the operation.",
    });
    const results = await world.run((await world.judge()).steps.steps);
    expect(outcomes(results)).toMatchObject({ "trust shop-till": "failed", "Deployment/till": "stopped" });
    expect(results.find(({ step }) => step.includes("/applications/"))?.message).toMatch(
      /Authorization_RequestDenied.*Application\.ReadWrite\.OwnedBy.*Application\.ReadWrite\.All/,
    );
  });

  it.each([
    [
      "throttling, as long as Graph asks",
      { effect: "answer", status: 429, code: "TooManyRequests", headers: { "retry-after": "9" } },
    ],
    ["a passing server error", { effect: "answer", status: 503, code: "ServiceUnavailable" }],
    ["a connection that ends", { effect: "reset" }],
    ["an answer that is lost after the write", { effect: "answerLost" }],
  ] as const)("is tried again after %s", async (_, fault) => {
    const world = await tillWorld();
    world.azure.fail({ method: "POST", path: "/v1.0/applications", count: 1, ...fault });
    expect(await world.apply()).toEqual(done);
    expect(world.azure.applicationCredentials(clientIDOf("till"))).toHaveLength(1);
  });
});

describe("an application that cannot be read", () => {
  it("is not checked, with the rights that would do", async () => {
    const world = await tillWorld();
    world.azure.fail({
      effect: "answer",
      path: "/v1.0/applications",
      status: 403,
      code: "Authorization_RequestDenied",
      message: "Insufficient privileges to complete the operation.",
    });
    const { mapped } = await world.judge();
    expect(mapped.mappings).toMatchObject([{ blockedBy: [], notChecked: ["azure-not-checked"] }]);
    expect(mapped.findings.find(({ code }) => code === "azure-not-checked")?.args).toMatchObject({
      reason: expect.stringContaining("Application.Read.All"),
    });
  });
});
