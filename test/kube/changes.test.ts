import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inverse, observeChanges, patchOf, withChanges } from "../../src/core/changes/change.ts";
import type { Json, JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Change } from "../../src/core/model.ts";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { isLostRace } from "../../src/engine/retry.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { connect } from "../../src/kube/connect.ts";
import { type Connection, connectionTo } from "../../src/kube/transport.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed } from "../testbed/start.ts";

interface Started {
  connection: Connection;
  stop(): Promise<void>;
}

async function simulated(): Promise<Started> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
  const cluster = await startSimulatedCluster({ clock: new SimulatedClock(), objects: [namespace] });
  return {
    connection: connectionTo({ server: cluster.url, context: "simulated" }),
    stop: () => cluster.stop(),
  };
}

async function real(): Promise<Started> {
  const testbed = await startTestbed({ parts: [] });
  await testbed.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }]);
  const [connection] = await connect({ kubeconfig: testbed.kubeconfigPath });
  if (!connection) throw new Error("no connection");
  return { connection, stop: () => testbed.stop() };
}

const names = ["till", "cart", "orders", "web"];
const rbac = "rbac.authorization.k8s.io";
const item = {
  subjects: (name: string) => ({ kind: "ServiceAccount", name, namespace: "shop" }),
  imagePullSecrets: (name: string) => ({ name }),
};
type Field = keyof typeof item;

function objectWith(field: Field, has: readonly string[], name: string): KubernetesObject {
  const list: Json = has.map(item[field]);
  const metadata = { namespace: "shop", name };
  return field === "subjects"
    ? {
        apiVersion: `${rbac}/v1`,
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" },
        subjects: list,
      }
    : { apiVersion: "v1", kind: "ServiceAccount", metadata, imagePullSecrets: list };
}

/** Every item that is there goes, or every one that is not comes, for each name that is chosen; and an annotation may come. */
const anyWorld = fc.record({
  field: fc.constantFrom<Field>("subjects", "imagePullSecrets"),
  has: fc.shuffledSubarray(names),
  turned: fc.shuffledSubarray(names, { minLength: 1 }),
  label: fc.option(fc.constant("example.com/team"), { nil: undefined }),
});

function changesOf({ field, has, turned, label }: { field: Field; has: string[]; turned: string[]; label?: string }) {
  const changes = turned.map((name): Change => {
    const one = item[field](name);
    return { path: [field, { match: one }], ...(has.includes(name) ? { before: one } : { after: one }) };
  });
  if (label !== undefined) changes.push({ path: ["metadata", "annotations", label], after: "1" });
  return changes;
}

const servers = [
  ["the simulated cluster", simulated] as const,
  ...(testbedOrSkip() === undefined ? [] : [["the real API server", real] as const]),
];

describe.each(servers)("changes of list items on %s", (_name, start) => {
  let world: Started;
  let access: ClusterAccess;
  let number = 0;
  beforeAll(async () => {
    world = await start();
    access = clusterAccess(world.connection, "test");
  });
  afterAll(async () => {
    world?.connection.close();
    await world?.stop();
  });
  const patch = (object: KubernetesObject, changes: readonly Change[]) =>
    access.patch(refOf(object), patchOf(changes, object as unknown as JsonObject));
  const refOf = ({ apiVersion, kind, metadata: { namespace = "", name } }: KubernetesObject) => ({
    apiVersion,
    kind,
    namespace,
    name,
  });
  /** What the server leaves out where it is empty. */
  const listOf = (object: KubernetesObject | undefined, field: Field) => object?.[field] ?? [];

  it("are stored as they were meant, and taken back, whatever the list", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async ({ label, ...rest }) => {
        const { field, has } = rest;
        const changes = changesOf(label === undefined ? rest : { ...rest, label });
        const seen = await access.create(objectWith(field, has, `any-${number++}`));
        const stored = await patch(seen, changes);
        expect(listOf(stored, field)).toEqual(listOf(withChanges(seen, changes), field));
        expect([observeChanges(changes, seen), observeChanges(changes, stored)]).toEqual(["pending", "done"]);
        const undo = changes.map(inverse);
        const back = await patch(stored, undo);
        expect(observeChanges(undo, back)).toBe("done");
        expect(new Set(listOf(back, field) as Json[])).toEqual(new Set(listOf(seen, field) as Json[]));
        expect(back.roleRef).toEqual(seen.roleRef);
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, string[], string[], string[]]>([
    ["an item came", ["till"], ["cart"], ["till", "web"]],
    ["an item went", ["till", "web"], ["cart"], ["till"]],
    ["the list came", [], ["cart"], ["till"]],
    ["the list went", ["till"], ["cart"], []],
    ["the item to remove has another place", ["cart", "till"], ["cart"], ["till", "cart"]],
  ])("are refused, and the list stays, where meanwhile %s", async (_, has, turned, meanwhile) => {
    const name = `raced-${number++}`;
    const seen = await access.create(objectWith("subjects", has, name));
    const current = await access.get(refOf(seen));
    await access.replace({ ...seen, ...current, subjects: meanwhile.map(item.subjects) });
    const refused = await patch(seen, changesOf({ field: "subjects", has, turned })).catch((error: unknown) => error);
    expect(isLostRace(refused)).toBe(true);
    expect(listOf(await access.get(refOf(seen)), "subjects")).toEqual(meanwhile.map(item.subjects));
  });
});
