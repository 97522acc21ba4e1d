import { describe, expect, it } from "vitest";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { rightText } from "../../src/core/rights/rights.ts";
import { sharesOf } from "../../src/core/steps/shares.ts";
import type { EnginePorts } from "../../src/engine/ports.ts";
import { preflight } from "../../src/engine/preflight.ts";
import type { Grant } from "../../src/sandbox/cluster/grants.ts";
import { rbac, sharedWorld } from "./sharedAccount.ts";
import { app, type EngineWorld, engineWorld } from "./world.ts";

async function asked(world: EngineWorld, ports: Partial<EnginePorts> = {}, stages = ["prepare", "switch"] as const) {
  const { steps, found, mapped } = await world.judge();
  const before = world.cluster.requests.length;
  const result = await preflight(
    steps.steps,
    {
      cluster: () => world.access,
      azure: undefined,
      clock: world.clock,
      signal: new AbortController().signal,
      random: () => 1,
      ...ports,
    },
    { shares: sharesOf(found.usages, mapped.mappings), stages },
  );
  const missing = result.missing.map(({ right, optional }) => (right ? rightText(right) : "") + (optional ? "?" : ""));
  const requests = world.cluster.requests
    .slice(before)
    .map(({ method, path }) => `${method} ${path.split("/").at(-1)}`);
  return { ...result, texts: missing.sort(), requests };
}

const everyRead = { verbs: ["get", "list"], apiGroups: ["*"], resources: ["*"] };
const records: Grant = {
  namespace: "azwi-migrate",
  rules: [{ verbs: ["create", "update"], apiGroups: [""], resources: ["configmaps"] }],
};
const namespaces = { verbs: ["create"], apiGroups: [""], resources: ["namespaces"] };
const tokens = { verbs: ["create"], apiGroups: [""], resources: ["serviceaccounts/token"] };

describe("the preflight", () => {
  const shop = () => engineWorld({ objects: app("cart") });

  it("lets everything go on where everything is allowed, and writes nothing", async () => {
    const world = await sharedWorld();
    const { steps } = (await world.judge()).steps;
    expect(await asked(world)).toMatchObject({ steps, refused: [], missing: [], unrecorded: [] });
    expect(world.writes().filter(write => !/selfsubject\w+reviews/.test(write))).toEqual([]);
  });

  it("is content with what the steps need and no more", async () => {
    const world = await shop();
    world.cluster.grant([
      { rules: [everyRead, namespaces, tokens] },
      records,
      {
        namespace: "shop",
        rules: [
          { verbs: ["patch"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["cart"] },
          { verbs: ["patch"], apiGroups: [""], resources: ["serviceaccounts"], resourceNames: ["cart"] },
        ],
      },
    ]);
    expect(await asked(world)).toMatchObject({ refused: [], texts: [] });
  });

  it("names what a reader lacks, and refuses the usages whole", async () => {
    const world = await shop();
    world.cluster.grant([{ rules: [everyRead] }]);
    const { texts, refused, steps, unrecorded } = await asked(world);
    expect(texts).toEqual([
      "create configmaps in the namespace azwi-migrate",
      "create namespaces in the whole cluster",
      "create serviceaccounts/token in the namespace shop?",
      "patch deployments in the namespace shop",
      "patch serviceaccounts in the namespace shop",
      "update configmaps in the namespace azwi-migrate",
    ]);
    expect([refused.length, steps, unrecorded]).toEqual([1, [], [world.access.source]]);
    expect(refused[0]?.differences).toContain(
      "not allowed: patch deployments in the namespace shop, for Deployment shop/cart",
    );
  });

  it("wants no right to create a namespace that is there", async () => {
    const world = await shop();
    await world.access.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "azwi-migrate" } });
    world.cluster.grant([{ rules: [everyRead] }]);
    expect((await asked(world)).texts).not.toContain("create namespaces in the whole cluster");
  });

  it("refuses nothing for want of a token: its proof alone is left out", async () => {
    const world = await shop();
    world.cluster.deny({ resource: "serviceaccounts/token" });
    expect(await asked(world)).toMatchObject({
      refused: [],
      missing: [{ optional: true, neededFor: ["the proof of ServiceAccount shop/cart"] }],
    });
  });

  it("lets the usages go on that need nothing of what is missing", async () => {
    const world = await engineWorld({ objects: [...app("cart"), ...app("orders")] });
    world.cluster.grant([
      { rules: [everyRead, namespaces, tokens, { verbs: ["*"], apiGroups: [""], resources: ["*"] }] },
      {
        namespace: "shop",
        rules: [{ verbs: ["patch"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["cart"] }],
      },
    ]);
    const { refused, steps } = await asked(world);
    expect(refused.map(({ usage }) => usage.split("/").at(-1))).toEqual(["orders"]);
    expect(new Set(steps.flatMap(step => step.usages.map(usage => usage.split("/").at(-1))))).toEqual(
      new Set(["cart"]),
    );
  });

  it("asks by name where the server cannot list all that is allowed, and only where it is not allowed for every name", async () => {
    const world = await engineWorld({ objects: [...app("cart"), ...app("orders")] });
    // A denial is what the simulated server cannot list.
    world.cluster.deny({ resource: "nodes" });
    world.cluster.grant([
      { rules: [everyRead, namespaces, tokens, { verbs: ["*"], apiGroups: [""], resources: ["*"] }] },
      {
        namespace: "shop",
        rules: [{ verbs: ["patch"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["cart"] }],
      },
    ]);
    const { texts, requests, refused } = await asked(world);
    expect(texts).toEqual(["patch deployments in the namespace shop"]);
    expect(refused).toHaveLength(1);
    const reviews = world.cluster.requests.filter(one => one.path.endsWith("selfsubjectaccessreviews"));
    // Of deployments get, patch and patch of each; of accounts get, patch and token; pods; the records' six.
    expect([reviews.length, requests.filter(one => /rulesreviews/.test(one)).length]).toEqual([14, 2]);
  });

  it("asks a namespace once, however many workloads it has", async () => {
    const names = Array.from({ length: 15 }, (_, index) => `app-${index}`);
    const world = await engineWorld({ objects: names.flatMap(name => app(name)) });
    world.cluster.grant([{ rules: [everyRead] }]);
    const { refused, requests } = await asked(world);
    expect(refused).toHaveLength(15);
    expect(requests.sort()).toEqual([
      "GET azwi-migrate",
      "POST selfsubjectaccessreviews",
      "POST selfsubjectrulesreviews",
      "POST selfsubjectrulesreviews",
    ]);
  });

  it("leaves everything to the run where the server answers no questions", async () => {
    const world = await sharedWorld();
    for (const path of ["selfsubjectaccessreviews", "selfsubjectrulesreviews"])
      world.cluster.fail({
        request: { method: "POST", path: `/apis/authorization.k8s.io/v1/${path}` },
        answer: 403,
        reason: "Forbidden",
        message: "no questions",
      });
    expect(await asked(world)).toMatchObject({ refused: [], missing: [] });
  });

  it("asks about nothing that is done", async () => {
    const world = await sharedWorld();
    await world.apply();
    world.cluster.deny({ group: rbac });
    expect(await asked(world)).toMatchObject({ steps: [], refused: [], missing: [], requests: [] });
  });
});

describe("the preflight of role bindings", () => {
  it("tries the step where the caller may not bind, and believes the server", async () => {
    const world = await sharedWorld();
    world.cluster.deny({ verb: "bind" });
    // The simulated server knows no escalation: it lets whoever may patch.
    expect((await asked(world)).refused).toEqual([]);
    expect(world.cluster.requests.filter(one => one.method === "PATCH").map(one => one.dryRun)).toEqual([true, true]);
    world.cluster.fail({
      request: { method: "PATCH", path: `/apis/${rbac}/v1/namespaces/shop/rolebindings/read` },
      answer: 403,
      reason: "Forbidden",
      message: "user is attempting to grant RBAC permissions not currently held",
    });
    const { refused, missing, steps } = await asked(world);
    expect([refused.length, steps]).toEqual([2, []]);
    expect(missing).toEqual([
      {
        source: world.access.source,
        right: { verb: "bind", group: rbac, resource: "clusterroles", name: "view", namespace: "shop" },
        neededFor: ["RoleBinding shop/read"],
        words: expect.stringContaining("attempting to grant RBAC permissions"),
      },
    ]);
  });

  it("repeats the server's words where no right would help", async () => {
    const world = await sharedWorld();
    world.cluster.deny({ verb: "bind" });
    world.cluster.fail({
      request: { method: "PATCH", path: `/apis/${rbac}/v1/namespaces/shop/rolebindings/read` },
      answer: 403,
      reason: "Forbidden",
      message: "a policy forbids it",
    });
    const { missing, refused } = await asked(world);
    expect(missing).toEqual([
      {
        source: world.access.source,
        neededFor: ["RoleBinding shop/read"],
        words: expect.stringContaining("a policy forbids it"),
      },
    ]);
    expect(refused).toHaveLength(2);
  });

  it("leaves to the run what it cannot find out", async () => {
    const world = await sharedWorld();
    world.cluster.deny({ verb: "bind" });
    const cluster = (): ClusterAccess => ({ ...world.access, get: async () => undefined });
    expect(await asked(world, { cluster })).toMatchObject({ refused: [], missing: [] });
  });
});
