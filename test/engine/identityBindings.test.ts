import { describe, expect, it } from "vitest";
import type { Decisions, Step } from "../../src/core/model.ts";
import { checksOf } from "../../src/core/verify.ts";
import { isUndoRecord } from "../../src/engine/undoRecord.ts";
import { clientIDOf, resourceIDOf } from "../core/factories.ts";
import { app, clusterResourceID, type EngineWorld, engineWorld, outcomes, type WorldOptions } from "./world.ts";

const bound: Partial<Decisions> = { trust: "identityBinding" };
const role = `azwi-migrate-identity-binding-${clientIDOf("cart")}`;

async function aks(options: Partial<WorldOptions> = {}): Promise<EngineWorld> {
  return engineWorld({ objects: [...app("cart"), ...app("orders")], managedCluster: {}, ...options });
}

const stepsOf = async (world: EngineWorld, choice = bound) => (await world.judge(choice)).steps.steps;
const apply = async (world: EngineWorld, choice = bound) => outcomes(await world.run(await stepsOf(world, choice)));
const names = (steps: readonly Step[]) => steps.map(step => `${step.op} ${step.target.kind} ${step.target.name}`);

describe("workloads that get their identity through a binding of the AKS cluster", () => {
  it("share one binding and one role, and each account is let in", async () => {
    const world = await aks();
    const steps = await stepsOf(world);
    expect(names(steps)).toEqual([
      `create ClusterRole ${role}`,
      "patch ServiceAccount cart",
      "patch ServiceAccount orders",
      expect.stringMatching(/^bind IdentityBinding cart[0-9a-f]{10}$/),
      expect.stringMatching(/^create ClusterRoleBinding azwi-migrate-identity-binding-shop-cart-[0-9a-f]{10}$/),
      expect.stringMatching(/^create ClusterRoleBinding azwi-migrate-identity-binding-shop-orders-[0-9a-f]{10}$/),
      "patch Deployment cart",
      "patch Deployment orders",
    ]);
    expect(new Set(Object.values(outcomes(await world.run(steps))))).toEqual(new Set(["applied"]));

    const records = world.records().filter(({ step }) => step.op === "bind");
    expect(records.map(record => [isUndoRecord(record), record.state])).toEqual([[true, "done"]]);
    expect(await world.azureAccess.listIdentityBindings(clusterResourceID)).toEqual([
      { name: expect.any(String), principal: resourceIDOf("cart").toLowerCase(), state: "Succeeded" },
    ]);
    expect(world.azure.federatedCredentials(resourceIDOf("cart"))).toMatchObject([{ name: "aks-identity-binding" }]);
    expect(world.cluster.objects("ClusterRole").filter(one => one.metadata.name === role)).toMatchObject([
      {
        rules: [
          {
            apiGroups: ["cid.wi.aks.azure.com"],
            resources: [clientIDOf("cart")],
            verbs: ["use-managed-identity"],
          },
        ],
      },
    ]);
    const annotation = "azure.workload.identity/use-identity-binding";
    const pods = world.cluster.objects("Pod").filter(one => one.metadata.annotations?.[annotation] === "true");
    expect(pods).toHaveLength(4);
    for (const pod of pods) expect(JSON.stringify(pod.spec)).toContain('"audience":"api://AKSIdentityBinding"');
  });

  it("need nothing a second time, with or without the decision", async () => {
    const world = await aks();
    await apply(world);
    const again = await world.judge(bound);
    expect(again.steps.steps).toEqual([]);
    expect(again.selected.map(({ state }) => state)).toEqual(["migrated", "migrated"]);
    expect(again.mapped.mappings[0]).toMatchObject({
      trusts: [{ backend: "identityBinding", audience: "api://AKSIdentityBinding", adopts: expect.any(String) }],
      reasons: expect.arrayContaining(["identity-binding-adopted"]),
      blockedBy: [],
      notChecked: [],
    });
    expect(await stepsOf(world, {})).toEqual([]);
  });

  it("have the same steps left wherever a run was cut off", async () => {
    const world = await aks();
    let expected = (await stepsOf(world)).map(one => one.id);
    while (expected.length > 0) {
      const [next, ...others] = await stepsOf(world);
      expect([next, ...others].map(one => one?.id).sort()).toEqual(expected.sort());
      if (next) await world.run([next]);
      expected = others.map(one => one.id);
    }
    expect(await stepsOf(world)).toEqual([]);
  });

  it("adopt the binding of their identity whatever its name", async () => {
    const world = await aks();
    const principal = resourceIDOf("cart");
    await world.azureAccess.putIdentityBinding(clusterResourceID, { name: "byhand", principal });
    const steps = await stepsOf(world);
    expect(steps.filter(step => step.op === "bind")).toEqual([]);
    expect((await world.judge(bound)).mapped.mappings[0]?.trusts).toMatchObject([{ name: "byhand", adopts: "byhand" }]);
  });

  it("wait for AKS, which answers before it is through", async () => {
    const world = await aks({ azure: { identityBindings: { milliseconds: 42_000 } } });
    const started = world.clock.now();
    expect(await apply(world)).toMatchObject({ "Deployment/cart": "applied" });
    expect(world.clock.now() - started).toBeGreaterThanOrEqual(42_000);
    expect(
      world.azure.requests.filter(({ method, path }) => method === "PUT" && /identityBindings/i.test(path)),
    ).toHaveLength(1);
  });

  it("wait for a binding that an earlier run has begun, and write it no second time", async () => {
    const world = await aks({ azure: { identityBindings: { milliseconds: 42_000 } } });
    await world.azureAccess.putIdentityBinding(clusterResourceID, { name: "begun", principal: resourceIDOf("cart") });
    expect(await apply(world)).toMatchObject({ "Deployment/cart": "applied" });
    expect(
      world.azure.requests.filter(({ method, path }) => method === "PUT" && /identityBindings/i.test(path)),
    ).toHaveLength(1);
  });

  it("do not restart where AKS fails, whose words are told", async () => {
    const full = Array.from({ length: 20 }, (_, index) => ({
      name: `credential-${index}`,
      issuer: "https://elsewhere.example/",
      subject: `system:serviceaccount:shop:s${index}`,
      audience: "api://AzureADTokenExchange",
    }));
    const world = await aks();
    const steps = await stepsOf(world);
    for (const credential of full) await world.azureAccess.putCredential(resourceIDOf("cart"), credential);
    const results = await world.run(steps);
    expect(results.find(({ step }) => step.includes("identitybindings"))).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("Too many Federated Identity Credentials"),
    });
    expect(outcomes(results)).toMatchObject({ "Deployment/cart": "stopped", "Deployment/orders": "stopped" });
  });

  it("are told how to register the preview where the subscription has not", async () => {
    const world = await aks({ azure: { identityBindings: { preview: "unregistered" } } });
    const results = await world.run(await stepsOf(world));
    expect(results.find(({ step }) => step.includes("identitybindings"))).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining(
        "az feature register --namespace Microsoft.ContainerService --name IdentityBindingPreview",
      ),
    });
  });

  it("are verified by binding, role and token", async () => {
    const world = await aks();
    const before = checksOf(await world.judge(bound), ["prepare", "switch"]);
    expect(before.find(({ code }) => code === "identity-binding-matches")).toMatchObject({ result: "failed" });
    await apply(world);
    const after = checksOf(await world.judge(bound), ["prepare", "switch"]);
    expect(after.filter(({ result }) => result !== "passed")).toEqual([]);
    expect(after.find(({ code }) => code === "identity-binding-matches")?.evidence).toContain(
      `ClusterRole ${role} lets cart use it`,
    );
    // With federated credentials decided, the same pods have a token that none of them trusts.
    const other = checksOf(await world.judge({ trust: "federatedCredential" }), ["switch"]);
    expect(other.find(({ code }) => code === "pods-mutated")).toMatchObject({
      result: "failed",
      evidence: expect.stringContaining("projected token volume for api://AzureADTokenExchange"),
    });
  });

  it("go back to federated credentials where that is decided", async () => {
    const world = await aks({ objects: app("cart") });
    await apply(world);
    const back: Partial<Decisions> = { trust: "federatedCredential" };
    expect(await apply(world, back)).toEqual({ "trust shop-cart": "applied", "Deployment/cart": "applied" });
    expect(await stepsOf(world, back)).toEqual([]);
  });
});
