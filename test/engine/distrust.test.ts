import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { ObjectRef } from "../../src/core/model.ts";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { maxTries } from "../../src/engine/retry.ts";
import { app, engineWorld, outcomes } from "./world.ts";

/** A record as somebody may have written it by hand; its name is right, so that it is taken for one. */
function recordOf(step: Record<string, unknown> & { id: string }): KubernetesObject {
  const run = "run-of-somebody";
  const hash = createHash("sha256").update(step.id).digest("hex").slice(0, 16);
  const record = { run, seq: 1, state: "intent", step, observedBefore: [] };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `${run}-${hash}`, namespace: "azwi-migrate", labels: { "azwi-migrate.dev/run": run } },
    data: { "record.json": JSON.stringify(record) },
  };
}

async function worldWithRecords() {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "azwi-migrate" } };
  const world = await engineWorld({ objects: [...app("cart"), namespace] });
  const { steps } = (await world.judge()).steps;
  const step = steps.at(-1);
  if (step?.op !== "patch") throw new Error("the last step is not the switch");
  return { world, steps, step, target: step.target };
}

const allApplied = { "ServiceAccount/cart": "applied", "trust shop-cart": "applied", "Deployment/cart": "applied" };

describe("records that are not what a run has written", () => {
  it.each([
    ["no changes at all", { changes: [] }],
    ["a change that is true already", { changes: [{ path: ["metadata", "name"], before: "x", after: "cart" }] }],
  ])("do not let a step go before what it depends on: %s", async (_, forged) => {
    const { world, steps, step } = await worldWithRecords();
    await world.access.create(recordOf({ ...step, ...forged }));
    expect(outcomes(await world.run(steps, { stages: ["switch"] }))).toEqual({ "Deployment/cart": "stopped" });
    expect(world.writes()).toEqual(["POST record"]);
  });

  it("are never carried out, even when their object changes while the run looks", async () => {
    const { world, step, target } = await worldWithRecords();
    const replicas = async (value: number) =>
      world.access.patch(target, [{ op: "replace", path: "/spec/replicas", value }]);
    const changes = [{ path: ["spec", "replicas"], before: 2, after: 7 }];
    await world.access.create(recordOf({ ...step, id: "forged", changes }));
    await replicas(7);
    let looks = 0;
    const cluster = (): ClusterAccess => ({
      ...world.access,
      async get(ref, options) {
        if (ref.kind === "Deployment" && ++looks === 2) await replicas(2);
        return world.access.get(ref, options);
      },
    });
    expect(outcomes(await world.run([], {}, { cluster }))).toEqual({ "forged/": "drifted" });
    expect((await world.access.get(target))?.spec?.replicas).toBe(2);
  });

  it.each([
    ["a patch without changes", { op: "patch", changes: undefined }],
    ["a change without a path", { op: "patch", changes: [{}] }],
    ["a change that is null", { op: "patch", changes: [null] }],
    ["a trust without content", { op: "trust", changes: undefined }],
    ["an operation that nobody knows", { op: "drop" }],
    ["usages that are no list", { usages: 1 }],
    ["another cluster's object", { target: { source: "elsewhere", apiVersion: "v1", kind: "Pod", name: "x" } }],
  ])("are passed over: %s", async (_, forged) => {
    const { world, steps, step } = await worldWithRecords();
    await world.access.create(recordOf({ ...step, id: "forged", ...forged }));
    expect(outcomes(await world.run(steps))).toEqual(allApplied);
  });
});

describe("a server that accepts a change and does not make it", () => {
  it("is asked once, looked at for a while, and the step fails", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    let patches = 0;
    const cluster = (): ClusterAccess => ({
      ...world.access,
      async patch(ref, operations, options) {
        if (ref.kind !== "Deployment") return world.access.patch(ref, operations, options);
        patches++;
        const unchanged = await world.access.get(ref as ObjectRef);
        if (!unchanged) throw new Error("the Deployment is gone");
        return unchanged;
      },
    });
    const results = await world.run(steps, {}, { cluster });
    expect(results.at(-1)).toMatchObject({
      outcome: "failed",
      message: "the server accepted the change, but it is not there: admission or a controller may undo it",
    });
    expect(patches).toBe(1);
    expect(world.events.filter(one => one.event === "step-retried")).toHaveLength(maxTries - 1);
  });
});
