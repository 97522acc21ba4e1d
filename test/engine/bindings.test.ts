import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { sharesOf } from "../../src/core/steps/shares.ts";
import type { EnginePorts } from "../../src/engine/ports.ts";
import { preflight } from "../../src/engine/preflight.ts";
import { app, engineWorld, outcomes } from "./world.ts";

const rbac = "rbac.authorization.k8s.io";
const subject = (name: string) => ({ kind: "ServiceAccount", name, namespace: "shop" });

function binding(kind: string, name: string, subjects: string[]): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(kind === "RoleBinding" ? { namespace: "shop" } : {}) },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" },
    subjects: subjects.map(subject),
  };
}

/** Two workloads that have to leave one account, which is in two role bindings. */
const sharedWorld = () =>
  engineWorld({
    identities: ["red", "blue"],
    objects: [
      ...app("cart", { identity: "red", account: "till" }),
      ...app("orders", { identity: "blue", account: "till" }).slice(1),
      binding("RoleBinding", "read", ["till"]),
      binding("ClusterRoleBinding", "watch", ["till"]),
    ],
  });

describe("role bindings", () => {
  it("are changed once for all workloads, after the accounts and before the pods", async () => {
    const world = await sharedWorld();
    expect(new Set(Object.values(await world.apply()))).toEqual(new Set(["applied"]));
    const writes = world.writes().filter(write => !/record$|namespaces$/.test(write));
    expect(writes.map(write => write.replace(/^POST .*/, "POST account"))).toEqual([
      "POST account",
      "POST account",
      expect.stringMatching(/^PATCH (cluster)?rolebindings\//),
      expect.stringMatching(/^PATCH (cluster)?rolebindings\//),
      expect.stringMatching(/^PATCH deployments\//),
      expect.stringMatching(/^PATCH deployments\//),
    ]);
    for (const kind of ["RoleBinding", "ClusterRoleBinding"])
      expect(world.cluster.objects(kind).map(one => one.subjects)).toEqual([["till", "cart", "orders"].map(subject)]);
    expect((await world.judge()).steps.steps).toEqual([]);
  });

  it("wait for every account that they are to name: one that cannot be made keeps the rest from going on", async () => {
    const world = await sharedWorld();
    const end = world.cluster.deny({ verb: "create", resource: "serviceaccounts" });
    expect(await world.apply()).toMatchObject({
      "ServiceAccount/cart": "failed",
      "ServiceAccount/orders": "failed",
      "RoleBinding/read": "stopped",
      "ClusterRoleBinding/watch": "stopped",
      "Deployment/cart": "stopped",
      "Deployment/orders": "stopped",
    });
    end();
    expect(await world.apply()).toMatchObject({ "RoleBinding/read": "applied", "Deployment/orders": "applied" });
  });

  it("keep what somebody else adds while a run looks", async () => {
    const world = await sharedWorld();
    let isFirst = true;
    const cluster = (): ClusterAccess => ({
      ...world.access,
      async patch(ref, operations, options) {
        if (ref.kind === "RoleBinding" && isFirst) {
          isFirst = false;
          await world.access.patch(ref, [{ op: "add", path: "/subjects/-", value: subject("visitor") }]);
        }
        return world.access.patch(ref, operations, options);
      },
    });
    expect(await world.apply({}, { cluster })).toMatchObject({ "RoleBinding/read": "applied" });
    const subjects = ["till", "visitor", "cart", "orders"].map(subject);
    expect(world.cluster.objects("RoleBinding").map(one => one.subjects)).toEqual([subjects]);
  });

  it("are not waited for where a plan has the dependency behind them", async () => {
    const world = await sharedWorld();
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run([...steps].reverse()))).toMatchObject({
      "RoleBinding/read": "stopped",
      "ServiceAccount/cart": "applied",
    });
  });
});

describe("the preflight of role bindings", () => {
  const asked = async (world: Awaited<ReturnType<typeof sharedWorld>>, ports: Partial<EnginePorts> = {}) => {
    const { steps, found, mapped } = await world.judge();
    return preflight(
      steps.steps,
      {
        cluster: () => world.access,
        azure: undefined,
        clock: world.clock,
        signal: new AbortController().signal,
        random: () => 1,
        ...ports,
      },
      { shares: sharesOf(found.usages, mapped.mappings), stages: ["prepare", "switch"] },
    );
  };

  it("lets everything go on where the caller may bind, and writes nothing", async () => {
    const world = await sharedWorld();
    const { steps } = (await world.judge()).steps;
    expect(await asked(world)).toEqual({ steps, refused: [], missing: [] });
    expect(world.writes().filter(write => !write.includes("selfsubjectaccessreviews"))).toEqual([]);
  });

  it("tries the step where the caller may not bind, and believes the server", async () => {
    const world = await sharedWorld();
    world.cluster.deny({ verb: "bind" });
    // The simulated server knows no roles: it lets whoever may patch.
    expect((await asked(world)).refused).toEqual([]);
    world.cluster.fail({
      request: { method: "PATCH", path: "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/read" },
      answer: 403,
      reason: "Forbidden",
      message: "user is attempting to grant RBAC permissions not currently held",
    });
    const { refused, missing, steps } = await asked(world);
    expect(refused).toHaveLength(2);
    expect(steps).toEqual([]);
    expect(missing).toEqual([
      {
        message: expect.stringMatching(
          /^You may not bind ClusterRole view in the namespace shop, which is needed for RoleBinding shop\/read: .*attempting to grant/,
        ),
        rule: [
          `- apiGroups: ["${rbac}"]`,
          '  resources: ["clusterroles"]',
          '  resourceNames: ["view"]',
          '  verbs: ["bind"]',
        ].join("\n"),
      },
    ]);
  });

  it("asks by trying where the server answers no questions", async () => {
    const world = await sharedWorld();
    world.cluster.fail({
      request: { method: "POST", path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" },
      answer: 403,
      reason: "Forbidden",
      message: "no questions",
    });
    expect((await asked(world)).refused).toEqual([]);
    expect(world.cluster.requests.filter(one => one.method === "PATCH").map(one => one.dryRun)).toEqual([true, true]);
  });

  it("leaves to the run what it cannot find out", async () => {
    const world = await sharedWorld();
    const gone = await world.judge();
    const cluster = (): ClusterAccess => ({ ...world.access, get: async () => undefined });
    const { refused, missing } = await asked(world, { cluster });
    expect([refused, missing, gone.steps.steps.length > 0]).toEqual([[], [], true]);
  });

  it("asks about nothing else than role bindings that are still to be changed", async () => {
    const world = await sharedWorld();
    await world.apply();
    world.cluster.deny({ group: rbac });
    expect(await asked(world)).toEqual({ steps: [], refused: [], missing: [] });
  });
});
