import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/kubernetes.ts";
import { selectorText } from "../../src/engine/rollouts.ts";
import type { RunOptions } from "../../src/engine/run.ts";
import { app, engineWorld, type WorldOptions } from "./world.ts";

type World = Awaited<ReturnType<typeof engineWorld>>;

/** How the switch of `cart` ends, how long it takes in simulated seconds, and what was told on the way. */
async function switched(
  options: WorldOptions,
  goWrong: (world: World) => unknown = () => {},
  run: Partial<RunOptions> = {},
) {
  const world = await engineWorld(options);
  const { steps } = (await world.judge()).steps;
  await world.run(steps, { stages: ["prepare"] });
  await goWrong(world);
  const start = world.clock.now();
  const [result] = await world.run(steps, { stages: ["switch"], ...run });
  return {
    outcome: result?.outcome,
    message: result?.message,
    seconds: Math.round((world.clock.now() - start) / 1000),
    waits: world.events.flatMap(one => (one.event === "rollout-waits" ? [one.message] : [])),
    world,
  };
}

const onDelete = { updateStrategy: { type: "OnDelete" } };

describe("a rollout", () => {
  it.each(["Deployment", "StatefulSet", "DaemonSet"])("of a %s ends when its new pods have taken over", async kind => {
    const { outcome, message, world } = await switched({ objects: app("cart", { kind }) });
    expect([outcome, message]).toEqual(["applied", undefined]);
    const pods = world.cluster
      .objects("Pod")
      .filter(({ metadata }) => metadata.namespace === "shop" && metadata.deletionTimestamp === undefined);
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) {
      expect(pod.metadata.labels).toMatchObject({ "azure.workload.identity/use": "true", aadpodidbinding: "cart" });
      expect(pod).toMatchObject({ status: { phase: "Running" } });
    }
  });

  it("of nothing is applied, and unproven", async () => {
    expect(await switched({ objects: app("cart", { spec: { replicas: 0 } }) })).toMatchObject({
      outcome: "unproven",
      message: "no pod is wanted now",
    });
  });

  it.each([
    ["a ReplicaSet", "ReplicaSet", {}],
    ["a StatefulSet that waits for people", "StatefulSet", onDelete],
    ["a DaemonSet that waits for people", "DaemonSet", onDelete],
  ])("is not waited for where there is none: %s", async (_, kind, spec) => {
    const { outcome, seconds } = await switched({ objects: app("cart", { kind, spec }) });
    expect(outcome).toBe("unproven");
    expect(seconds).toBe(0);
  });

  it("fails when new pods crash, well before its time is up", async () => {
    const { outcome, message, seconds } = await switched({ objects: app("cart") }, ({ cluster }) =>
      cluster.fail({ pods: "CrashLoopBackOff" }),
    );
    expect(outcome).toBe("failed");
    expect(message).toMatch(/^cart-.*\/app: CrashLoopBackOff$/);
    expect(seconds).toBeLessThan(60);
  });

  it("goes on when a crash passes in time", async () => {
    const { outcome, waits } = await switched({ objects: app("cart") }, ({ cluster, clock }) => {
      const end = cluster.fail({ pods: "CrashLoopBackOff" });
      void clock.sleep(15_000).then(end);
    });
    expect(outcome).toBe("applied");
    expect(waits).toContainEqual(expect.stringContaining("CrashLoopBackOff"));
  });

  it("fails when its time is up, and says what it waited for", async () => {
    const { outcome, message, seconds } = await switched(
      { objects: app("cart") },
      ({ cluster }) => cluster.fail({ pods: "NeverReady" }),
      {
        timeoutSeconds: 90,
      },
    );
    expect(outcome).toBe("failed");
    expect(message).toMatch(/^no end of the rollout within 90 s: /);
    expect(seconds).toBe(90);
  });

  it("fails when the controller gives it up", async () => {
    const { outcome, message, seconds } = await switched(
      { objects: app("cart", { spec: { replicas: 2, progressDeadlineSeconds: 60 } }) },
      ({ cluster }) => cluster.fail({ pods: "Unschedulable" }),
    );
    expect(outcome).toBe("failed");
    expect(message).toMatch(/progress/i);
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThan(120);
  });

  it("fails when pods start as they did before, since the webhook has been removed", async () => {
    const { outcome, message } = await switched({ objects: app("cart") }, async ({ cluster }) => {
      const configurations = "apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
      const name = "azure-wi-webhook-mutating-webhook-configuration";
      expect((await fetch(`${cluster.url}/${configurations}/${name}`, { method: "DELETE" })).status).toBe(200);
    });
    expect(outcome).toBe("failed");
    expect(message).toMatch(/^the webhook did not change Pod cart-.*: it lacks AZURE_CLIENT_ID, /);
  });

  it("tells that the webhook refuses pods, and goes on once it is back", async () => {
    const { outcome, waits } = await switched({ objects: app("cart") }, ({ cluster, clock }) => {
      const end = cluster.fail({ webhook: "unavailable" });
      void clock.sleep(10_000).then(end);
    });
    expect(outcome).toBe("applied");
    expect(waits).toContainEqual(expect.stringContaining("mutation.azure-workload-identity.io"));
  });

  it("goes on through failures of the server that pass", async () => {
    const { outcome, world } = await switched({ objects: app("cart") }, ({ cluster }) =>
      cluster.fail({
        request: { method: "GET", path: "/api/v1/namespaces/shop/pods" },
        answer: 503,
        reason: "ServiceUnavailable",
        count: 3,
      }),
    );
    expect(outcome).toBe("applied");
    expect(world.events.filter(one => one.event === "step-retried")).toHaveLength(3);
  });

  it("fails when the workload is gone", async () => {
    const { outcome, message } = await switched({ objects: app("cart") }, ({ cluster, clock }) => {
      cluster.fail({ pods: "NeverReady" });
      void clock
        .sleep(10_000)
        .then(() => fetch(`${cluster.url}/apis/apps/v1/namespaces/shop/deployments/cart`, { method: "DELETE" }));
    });
    expect([outcome, message]).toEqual(["failed", "the workload is gone"]);
  });

  it("tells a wait once, however long it lasts", async () => {
    const { waits } = await switched({ objects: app("cart") }, ({ cluster }) => cluster.fail({ pods: "NeverReady" }), {
      timeoutSeconds: 60,
    });
    expect(new Set(waits).size).toBe(waits.length);
  });
});

describe("the query for a workload's pods", () => {
  it.each<[JsonObject | undefined, string | undefined]>([
    [{ matchLabels: { app: "cart", tier: "web" } }, "app=cart,tier=web"],
    [
      {
        matchLabels: { app: "cart" },
        matchExpressions: [
          { key: "a", operator: "In", values: ["x", "y"] },
          { key: "b", operator: "NotIn", values: ["z"] },
          { key: "c", operator: "Exists" },
          { key: "d", operator: "DoesNotExist" },
        ],
      },
      "app=cart,a in (x,y),b notin (z),c,!d",
    ],
    [{}, undefined],
    [{ matchLabels: {} }, undefined],
    [undefined, undefined],
  ])("of %j is %s", (selector, text) => {
    expect(selectorText(selector)).toBe(text);
  });
});
