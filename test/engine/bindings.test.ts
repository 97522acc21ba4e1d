import { describe, expect, it } from "vitest";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { sharedWorld, subject } from "./sharedAccount.ts";
import { outcomes } from "./world.ts";

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
