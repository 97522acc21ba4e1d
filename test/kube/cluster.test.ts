import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CommandError } from "../../src/core/errors.ts";
import { readKinds } from "../../src/core/kinds.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Finding, FoundObject, Unknown } from "../../src/core/model.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import { discover } from "../../src/kube/discovery.ts";
import { type Connection, connectionTo } from "../../src/kube/transport.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";
import type { User } from "../testbed/users.ts";

const shop: KubernetesObject[] = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "cart", namespace: "shop" } },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cart", namespace: "shop", labels: { app: "cart" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "cart" } },
      template: {
        metadata: { labels: { app: "cart", aadpodidbinding: "cart" } },
        spec: { containers: [{ name: "cart", image: "shop/cart:1" }] },
      },
    },
  },
  {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureIdentityBinding",
    metadata: { name: "cart", namespace: "shop" },
    spec: { azureIdentity: "cart", selector: "cart" },
  },
];

interface Started {
  connection: Connection;
  stop(): Promise<void>;
}

async function simulated(): Promise<Started> {
  const cluster = await startSimulatedCluster({ clock: new SimulatedClock(), objects: shop });
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  return { connection, stop: () => cluster.stop() };
}

async function realCluster(): Promise<Started> {
  const testbed = await startTestbed({ parts: [] });
  await testbed.apply(shop);
  const [connection] = await connect({ kubeconfig: testbed.kubeconfigPath });
  if (!connection) throw new Error("no connection");
  return { connection, stop: () => testbed.stop() };
}

const built = testbedOrSkip() !== undefined;
const real = built ? [["the real API server", realCluster] as const] : [];

describe.each([["the simulated cluster", simulated] as const, ...real])("on %s", (_name, start) => {
  let world: Started;
  beforeAll(async () => {
    world = await start();
  }, 120_000);
  afterAll(async () => {
    world?.connection.close();
    await world?.stop();
  });
  const cluster = () => clusterAccess(world.connection, "test");
  const cart = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };

  it("collects what is there", async () => {
    const collected = await collectCluster(world.connection);
    expect(collected).toMatchObject({ podIdentityInstalled: true, unknown: [], findings: [] });
    expect(collected.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(collected.issuer).toMatch(/^https?:/);
    expect(collected.serverVersion).toMatch(/^v\d/);
    const mine = collected.objects.filter(found => found.ref.namespace === "shop" && found.ref.name === "cart");
    expect(mine.map(found => `${found.ref.apiVersion} ${found.ref.kind}`).sort()).toEqual([
      "aadpodidentity.k8s.io/v1 AzureIdentityBinding",
      "apps/v1 Deployment",
      "v1 ServiceAccount",
    ]);
    const deployment = mine.find(found => found.ref.kind === "Deployment")?.object;
    expect(deployment?.metadata).not.toHaveProperty("managedFields");
    expect(deployment?.spec).toMatchObject({ template: { metadata: { labels: { aadpodidbinding: "cart" } } } });
    expect(mine.find(found => found.ref.kind === "AzureIdentityBinding")?.object.spec).toMatchObject({
      selector: "cart",
    });
  });

  it("patches behind a guard, and stores nothing in a dry run", async () => {
    const label = "/spec/template/metadata/labels/azure.workload.identity~1use";
    const operations = [
      { op: "test" as const, path: "/spec/template/metadata/labels/aadpodidbinding", value: "cart" },
      { op: "add" as const, path: label, value: "true" },
    ];
    const labelsOf = (object: KubernetesObject | undefined) =>
      (object?.spec as { template: { metadata: { labels: object } } } | undefined)?.template.metadata.labels;
    const before = { app: "cart", aadpodidbinding: "cart" };
    const after = { ...before, "azure.workload.identity/use": "true" };
    expect(labelsOf(await cluster().patch(cart, operations, { dryRun: "All" }))).toEqual(after);
    expect(labelsOf(await cluster().get(cart))).toEqual(before);
    expect(labelsOf(await cluster().patch(cart, operations))).toEqual(after);
    const stored = await cluster().get(cart);
    expect(labelsOf(stored)).toEqual(after);
    const [guard] = operations;
    if (!guard) throw new Error("no guard");
    await expect(cluster().patch(cart, [{ ...guard, value: "other" }])).rejects.toMatchObject({
      status: 422,
      reason: "Invalid",
    });
  });

  it("creates, refuses to create again, and replaces only what it has read", async () => {
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "run-1", namespace: "shop" },
      data: { state: "intent" },
    };
    expect(await cluster().create(object)).toMatchObject(object);
    await expect(cluster().create(object)).rejects.toMatchObject({ status: 409, reason: "AlreadyExists" });
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "run-1" };
    const read = await cluster().get(ref);
    if (!read) throw new Error("not created");
    const done = await cluster().replace({ ...read, data: { state: "done" } });
    expect(done.data).toEqual({ state: "done" });
    await expect(cluster().replace({ ...read, data: { state: "lost" } })).rejects.toMatchObject({
      status: 409,
      reason: "Conflict",
    });
    const listed = await cluster().list({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop" });
    expect(listed.filter(one => one.metadata.name === "run-1")).toEqual([done]);
  });

  it("says undefined for what is not there", async () => {
    expect(await cluster().get({ ...cart, name: "gone" })).toBeUndefined();
    expect(await cluster().get({ ...cart, name: "a?b#c" })).toBeUndefined();
    expect(await cluster().get({ ...cart, namespace: "nowhere" })).toBeUndefined();
  });
});

describe.skipIf(!built)("on the real API server alone", () => {
  let testbed: Testbed;
  const connections: Connection[] = [];
  beforeAll(async () => {
    testbed = await startTestbed({ parts: [] });
    await testbed.apply(shop);
  }, 120_000);
  afterAll(async () => {
    for (const connection of connections) connection.close();
    await testbed?.stop();
  });
  async function as(user: User): Promise<Connection> {
    const [connection] = await connect({ kubeconfig: testbed.kubeconfigFor(user) });
    if (!connection) throw new Error("no connection");
    connections.push(connection);
    return connection;
  }

  it("writes as the field manager azwi-migrate, and lets no field through that the server does not know", async () => {
    const cluster = clusterAccess(await as("admin"), "test");
    const cart = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };
    await cluster.patch(cart, [{ op: "replace", path: "/spec/replicas", value: 2 }]);
    const { objects } = await collectCluster(await as("admin"));
    const found = objects.find(one => one.ref.kind === "Deployment" && one.ref.name === "cart");
    expect(found?.object.metadata.managers).toEqual(["testbed", "azwi-migrate"]);
    const unknownField = [{ op: "add" as const, path: "/spec/noSuchField", value: 1 }];
    await expect(cluster.patch(cart, unknownField)).rejects.toMatchObject({
      message: expect.stringContaining('unknown field "spec.noSuchField"'),
    });
  });

  it("gives a stranger the role that is missing, and that role is enough", async () => {
    const error: unknown = await collectCluster(await as("stranger")).catch(reason => reason);
    if (!(error instanceof CommandError)) throw error;
    const role = parse(error.hint?.slice(error.hint.indexOf("apiVersion:")) ?? "");
    const rbac = "rbac.authorization.k8s.io";
    const roleRef = { apiGroup: rbac, kind: "ClusterRole", name: role.metadata.name };
    const subjects = [{ apiGroup: rbac, kind: "User", name: "operator" }];
    const binding = { apiVersion: `${rbac}/v1`, roleRef, subjects };
    await testbed.apply([role, { ...binding, kind: "RoleBinding", metadata: { name: "reader", namespace: "shop" } }]);
    const operator = await as("operator");
    const signal = new AbortController().signal;
    const { versions } = await discover(operator, readKinds, signal);
    const clusterWide = readKinds.filter(
      ({ namespaced, group, kind }) => !namespaced && (group === "" || versions.has(`${kind}.${group}`)),
    );
    const unreadable = ["ClusterRoleBinding", "MutatingWebhookConfiguration", ...clusterWide.map(({ kind }) => kind)];
    // The authorizer of the API server learns of new roles a moment later.
    const notEvenInShop = async () =>
      (await inShop(operator)).unknown.filter(gap => gap.except.length === 0).map(gap => gap.kind);
    await expect.poll(notEvenInShop, { timeout: 10_000 }).toEqual(unreadable);
    const partly = await inShop(operator);
    expect(partly.objects.map(found => `${found.ref.kind} ${found.ref.name}`)).toContain("Deployment cart");
    expect(partly.findings.map(one => one.code).sort()).toEqual([
      "cluster-identity-unknown",
      "cluster-kind-not-readable",
      "cluster-kind-not-readable",
      "more-kinds-not-readable",
    ]);
    await testbed.apply([{ ...binding, kind: "ClusterRoleBinding", metadata: { name: "reader" } }]);
    await expect.poll(async () => (await inShop(operator)).unknown, { timeout: 10_000 }).toEqual([]);
    const all = await collectCluster(operator);
    expect(all.findings).toEqual([]);
    expect(all.id).toBe((await collectCluster(await as("admin"))).id);
  });

  const inShop = (connection: Connection) => collectCluster(connection, { namespaces: ["shop"] }).catch(notYet);
});

/** While a role is not in force yet, nothing can be listed. */
function notYet(error: unknown): { unknown: Unknown[]; objects: FoundObject[]; findings: Finding[] } {
  if (error instanceof CommandError) return { unknown: [], objects: [], findings: [] };
  throw error;
}
