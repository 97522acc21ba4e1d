import { describe, expect, test } from "vitest";
import { askAzure } from "../../src/commands/askAzure.ts";
import type { AzureReach, MappingFlags } from "../../src/commands/io.ts";
import { blockedFrom } from "../../src/core/blocked.ts";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions } from "../../src/core/model.ts";
import { type Judgement, judge } from "../../src/core/reports.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import {
  createSimulatedAzure,
  type IdentitySeed,
  type SimulatedAzure,
} from "../../src/sandbox/azure/simulatedAzure.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  cluster,
  decisions,
  factsOf,
  issuer,
  resourceIDOf,
  serviceAccount,
  west,
  workload,
} from "../core/factories.ts";
import { silentIo } from "./io.ts";

const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
const provider = "providers/microsoft.managedidentity/userassignedidentities";
const graph = "/providers/Microsoft.ResourceGraph/resources";

function azureWith(identities: Record<string, Partial<IdentitySeed>>): {
  azure: SimulatedAzure;
  clock: SimulatedClock;
} {
  const clock = new SimulatedClock();
  const azure = createSimulatedAzure({ clock, jwks: async () => undefined, pageSize: 2 });
  for (const [name, seed] of Object.entries(identities)) {
    azure.addIdentity({
      subscriptionId: "sub",
      resourceGroup: "shop",
      name,
      tenantId,
      clientId: clientIDOf(name),
      principalId: clientIDOf(name),
      ...seed,
    });
  }
  return { azure, clock };
}

interface Asked {
  judgement: Judgement;
  facts: Facts;
  said: string[];
  /** `GET /subscriptions/…`, in the order of arrival, those about clusters left out. */
  requests: string[];
}

async function ask(
  { azure, clock }: ReturnType<typeof azureWith>,
  facts: Facts,
  options: { flags?: Partial<MappingFlags>; choice?: Partial<Decisions>; access?: Partial<AzureReach> } = {},
): Promise<Asked> {
  const said: string[] = [];
  const chosen = { ...decisions, ...options.choice };
  const world = {
    clock,
    random: () => 1,
    connect: async () => [],
    azure: async () => ({ ...signedInAccess(azure, clock), ...options.access }),
  };
  const from = azure.requests.length;
  await askAzure(facts, chosen, {
    flags: { output: "text", ...options.flags },
    world,
    io: silentIo({ say: text => void said.push(text) }),
  });
  const requests = azure.requests
    .slice(from)
    .filter(one => !/managedclusters/i.test(JSON.stringify([one.path, one.body ?? ""])))
    .map(({ method, path, outcome }) => `${method} ${path}${outcome === 200 ? "" : ` ${outcome}`}`);
  return { judgement: judge(facts, chosen), facts, said, requests };
}

function apps(...names: string[]): KubernetesObject[] {
  return names.flatMap(name => [
    ...bound(`shop/${name}`),
    serviceAccount(`shop/${name}`),
    workload(`shop/${name}`, { label: name, account: name }),
  ]);
}

/** But for what is told of accounts. */
const findings = ({ judgement }: Asked) =>
  judgement.mapped.findings.filter(({ code }) => !/account/.test(code)).map(({ code, args }) => ({ code, ...args }));
const trustsOf = ({ judgement }: Asked) =>
  judgement.mapped.mappings.flatMap(({ trusts }) => trusts.map(trust => trust.principal));
const mapped = ({ judgement }: Asked) =>
  judgement.mapped.mappings.map(mapping => [...blockedFrom(mapping, "switch"), ...mapping.notChecked]);

describe("identities by client id", () => {
  test("take one query for all, and one list of credentials for each that is used", async () => {
    const names = ["cart", "mail", "pay", "stock", "user"];
    const asked = await ask(azureWith(Object.fromEntries(names.map(name => [name, {}]))), factsOf(apps(...names)));
    expect(mapped(asked)).toEqual(names.map(() => []));
    expect(findings(asked)).toEqual([]);
    expect(asked.requests.filter(one => !one.includes("/federatedIdentityCredentials"))).toEqual([
      `POST ${graph}`,
      `POST ${graph}`,
      `POST ${graph}`,
    ]);
    expect(asked.requests).toHaveLength(3 + names.length);
  });

  test.each([
    ["another name", { name: "cart-2" }],
    ["another resource group", { resourceGroup: "other" }],
    ["another subscription", { subscriptionId: "sub-2" }],
  ])("lead to where the identity is now: %s", async (_, seed) => {
    const world = azureWith({ cart: seed, other: {} });
    const { subscriptionId = "sub", resourceGroup = "shop", name = "cart" } = seed as Partial<IdentitySeed>;
    const place = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/${provider}/${name}`;
    const asked = await ask(world, factsOf(apps("cart")));
    expect(trustsOf(asked)).toEqual([place]);
    expect(mapped(asked)).toEqual([[]]);
    expect(findings(asked)).toEqual([
      { code: "identity-moved", clientID: clientIDOf("cart"), from: resourceIDOf("cart"), to: place },
    ]);
    expect(asked.judgement.steps.steps.find(step => step.op === "trust")?.target).toMatchObject({ principal: place });
    // What a run has done does not change where it went.
    const trust = asked.judgement.mapped.mappings[0]?.trusts[0];
    const access = signedInAccess(world.azure, world.clock);
    if (trust) await access.putCredential(place, { ...trust });
    const again = await ask(world, factsOf(apps("cart")));
    expect(again.judgement.mapped.mappings[0]?.trusts).toEqual([{ ...trust, adopts: trust?.name }]);
    expect(again.judgement.steps.steps.map(step => step.op)).toEqual(["patch", "patch"]);
  });

  test("are of one identity where two AzureIdentities name two places of it", async () => {
    const twice = [
      azureIdentity("shop/cart"),
      azureIdentity("shop/old", { clientID: clientIDOf("cart") }),
      ...["cart", "old"].map(name => binding(`shop/${name}`, { selector: "cart" })),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const asked = await ask(azureWith({ cart: {} }), factsOf(twice));
    expect(trustsOf(asked)).toEqual([resourceIDOf("cart").toLowerCase()]);
  });

  test("do without a resource id, as managed mode does", async () => {
    const objects = [
      azureIdentity("shop/cart", { resourceID: "" }),
      binding("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const podIdentity = [{ mode: "managed" as const, namespaced: true, addon: true, namespace: "kube-system" }];
    const to = resourceIDOf("cart").toLowerCase();
    const asked = await ask(azureWith({ cart: {} }), factsOf(objects, { cluster: { podIdentity } }));
    expect([trustsOf(asked), mapped(asked)]).toEqual([[to], [[]]]);
    expect(findings(asked)).toEqual([
      { code: "identity-found-by-client-id", clientID: clientIDOf("cart"), from: "", to },
    ]);
    const nowhere = await ask(azureWith({}), factsOf(objects, { cluster: { podIdentity } }));
    expect(mapped(nowhere)).toEqual([["resource-id-invalid"]]);
  });

  test("and resource id of two identities block until people decide, told which of them pod identity used", async () => {
    const objects = [
      azureIdentity("shop/cart", { clientID: clientIDOf("pay") }),
      binding("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const world = azureWith({ cart: {}, pay: {} });
    const place = resourceIDOf("pay").toLowerCase();
    const asked = await ask(world, factsOf(objects));
    expect(mapped(asked)).toEqual([["client-id-mismatch"]]);
    expect(findings(asked)).toEqual([
      {
        code: "client-id-mismatch",
        resourceID: resourceIDOf("cart").toLowerCase(),
        azureIdentity: clientIDOf("pay"),
        azure: clientIDOf("cart"),
        place,
      },
    ]);
    const choice = { identities: { [clientIDOf("pay")]: { resourceID: resourceIDOf("pay") } } };
    const decided = await ask(world, factsOf(objects), { choice });
    expect([trustsOf(decided), mapped(decided)]).toEqual([[place], [[]]]);
    // What people decide must be the client id's own identity: any other would be a new privilege.
    const wrong = { identities: { [clientIDOf("pay")]: { resourceID: resourceIDOf("cart") } } };
    expect(mapped(await ask(world, factsOf(objects), { choice: wrong }))).toEqual([["client-id-mismatch"]]);
  });

  test("that nobody has are gone", async () => {
    const asked = await ask(azureWith({ other: {} }), factsOf(apps("cart")));
    const resourceID = resourceIDOf("cart").toLowerCase();
    expect(findings(asked)).toEqual([
      { code: "identity-not-found", resourceID, clientID: clientIDOf("cart"), unsearched: [] },
    ]);
  });

  test("that are no GUIDs are not looked for", async () => {
    const objects = [
      azureIdentity("shop/cart", { clientID: "x') | where true //" }),
      binding("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const asked = await ask(azureWith({ cart: {} }), factsOf(objects));
    expect(mapped(asked)).toEqual([["client-id-not-a-guid"]]);
    expect(asked.requests.filter(one => one.includes(graph))).toEqual([]);
  });

  test("in a subscription that the caller does not see are not checked, and the subscription is named", async () => {
    const hidden = resourceIDOf("cart").replace("/sub/", "/hidden/");
    const objects = [
      azureIdentity("shop/cart", { resourceID: hidden }),
      binding("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const asked = await ask(azureWith({ other: {} }), factsOf(objects));
    expect(findings(asked)).toEqual([
      {
        code: "subscription-not-checked",
        resourceID: hidden.toLowerCase(),
        subscription: "hidden",
        reason: "there is none, or you may not see it",
      },
    ]);
    expect(asked.judgement.mapped.mappings[0]?.notChecked).toEqual(["subscription-not-checked"]);
  });

  test("of another tenant than the cluster's are told, and the account names that tenant", async () => {
    const own = issuer.replace("tenant", "aaaaaaaa-0000-0000-0000-00000000000f");
    const asked = await ask(azureWith({ cart: {} }), factsOf(apps("cart"), { cluster: { issuer: own } }));
    expect(findings(asked)).toContainEqual({
      code: "identity-in-other-tenant",
      principal: resourceIDOf("cart").toLowerCase(),
      tenantID: tenantId,
      cluster: "aaaaaaaa-0000-0000-0000-00000000000f",
    });
    expect(JSON.stringify(asked.judgement.steps.steps)).toContain(`"azure.workload.identity/tenant-id"`);
  });
});

describe("without Resource Graph", () => {
  const refuse = {
    effect: "answer",
    path: "/Microsoft.ResourceGraph/",
    status: 403,
    code: "AuthorizationFailed",
  } as const;

  test("the subscriptions of the resource ids are listed, and no others where all are found", async () => {
    const world = azureWith({ cart: {}, mail: {}, pay: {}, elsewhere: { subscriptionId: "sub-2" } });
    world.azure.fail(refuse);
    const asked = await ask(world, factsOf(apps("cart", "mail", "pay")));
    expect(mapped(asked)).toEqual([[], [], []]);
    expect(asked.requests.filter(one => !one.includes("/federatedIdentityCredentials"))).toEqual([
      `POST ${graph} 403`,
      "GET /subscriptions",
      "GET /subscriptions/sub/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
      "GET /subscriptions/sub/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
    ]);
  });

  test("all subscriptions are searched for one that has moved, with every page", async () => {
    const there = { subscriptionId: "sub-2", resourceGroup: "there" };
    const world = azureWith({ a: there, b: there, cart: there });
    world.azure.addSubscription({ subscriptionId: "sub", tenantId, displayName: "first" });
    world.azure.fail(refuse);
    const asked = await ask(world, factsOf(apps("cart")));
    expect(trustsOf(asked)).toEqual([`/subscriptions/sub-2/resourcegroups/there/${provider}/cart`]);
    expect(mapped(asked)).toEqual([[]]);
  });

  test("subscriptions that cannot be listed are named", async () => {
    const world = azureWith({ a: {}, b: { subscriptionId: "sub-2" }, c: { subscriptionId: "sub-3" } });
    world.azure.fail(refuse);
    world.azure.fail({ effect: "answer", path: /sub-[23].*userAssigned/, status: 403, code: "AuthorizationFailed" });
    expect(findings(await ask(world, factsOf(apps("cart"))))).toMatchObject([
      { code: "identity-not-found", unsearched: ["sub-2", "sub-3"] },
    ]);
    world.azure.fail({ effect: "answer", path: /^\/subscriptions$/, status: 403, code: "AuthorizationFailed" });
    expect(findings(await ask(world, factsOf(apps("cart"))))).toMatchObject([
      { code: "identity-not-found", unsearched: ["all"] },
    ]);
  });

  test("an identity that may be read and not listed is read by its resource id", async () => {
    const world = azureWith({ cart: {} });
    world.azure.fail(refuse);
    world.azure.fail({ effect: "answer", path: /userAssignedIdentities$/, status: 403, code: "AuthorizationFailed" });
    expect(mapped(await ask(world, factsOf(apps("cart"))))).toEqual([[]]);
  });

  test("a search that is throttled goes on", async () => {
    const world = azureWith({ cart: { name: "moved" } });
    const headers = { "retry-after": "5" };
    world.azure.fail({ ...refuse, status: 429, code: "RateLimiting", headers, count: 2 });
    const asked = await ask(world, factsOf(apps("cart"), { cluster: { server: "https://10.0.0.1" } }));
    expect(asked.requests.slice(0, 3)).toEqual([`POST ${graph} 429`, `POST ${graph} 429`, `POST ${graph}`]);
    expect(mapped(asked)).toEqual([[]]);
  });
});

describe("Resource Graph, which is behind", () => {
  const rows = (...data: object[]) => ({
    effect: "answer" as const,
    path: "/Microsoft.ResourceGraph/",
    status: 200,
    code: "",
    body: { data, resultTruncated: "false" },
  });
  const row = (name: string, clientId: string) => ({ id: resourceIDOf(name), properties: { clientId, tenantId } });

  test("does not know what was just made: the resource id does", async () => {
    const world = azureWith({ cart: {} });
    world.azure.fail(rows());
    expect(mapped(await ask(world, factsOf(apps("cart"))))).toEqual([[]]);
  });

  test("still tells of what has gone", async () => {
    const world = azureWith({ other: {} });
    world.azure.fail(rows(row("cart", clientIDOf("cart"))));
    expect(mapped(await ask(world, factsOf(apps("cart"))))).toEqual([["identity-not-found"]]);
    const elsewhere = azureWith({ other: {} });
    elsewhere.azure.fail(rows(row("moved", clientIDOf("cart"))));
    expect(mapped(await ask(elsewhere, factsOf(apps("cart"))))).toEqual([["identity-not-found"]]);
  });
});

test("--subscription narrows the search, not the reading of what is named by resource id", async () => {
  const world = azureWith({ cart: {}, mail: { subscriptionId: "sub-2" } });
  const asked = await ask(world, factsOf(apps("cart", "mail")), { flags: { subscription: ["other"] } });
  expect(mapped(asked)).toEqual([[], ["identity-not-found"]]);
  const wide = await ask(world, factsOf(apps("cart", "mail")), { flags: { subscription: ["sub-2", "sub"] } });
  expect(mapped(wide)).toEqual([[], []]);
});

describe("the cluster's own resource", () => {
  const group = "MC_shop_west";
  const id = "/subscriptions/sub/resourcegroups/aks/providers/Microsoft.ContainerService/managedClusters/shop";
  const fqdn = "shop-1a2b.hcp.westeurope.azmk8s.io";
  const node = (name: string, providerID?: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name },
    spec: providerID === undefined ? {} : { providerID },
  });
  const scaleSet = `azure:///subscriptions/sub/resourceGroups/${group.toLowerCase()}/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/0`;

  function withCluster(properties: Record<string, unknown> = {}) {
    const world = azureWith({ cart: {} });
    world.azure.addManagedCluster({
      subscriptionId: "sub",
      tenantId,
      resourceGroup: "aks",
      name: "shop",
      properties: {
        fqdn,
        nodeResourceGroup: group,
        oidcIssuerProfile: { enabled: true, issuerURL: issuer },
        securityProfile: { workloadIdentity: { enabled: true } },
        ...properties,
      },
    });
    return world;
  }

  const seen = (foundBy: string) => ({
    resourceID: id,
    foundBy,
    issuer,
    workloadIdentity: true,
    nodeResourceGroup: group,
  });
  const sourceOf = ({ facts }: Asked) => facts.sources[0] as ReturnType<typeof cluster>;

  test("is found by who manages the resource group of its nodes", async () => {
    const nodes = [node("a", scaleSet), node("b", scaleSet), node("virtual", "azure://x")];
    const asked = await ask(withCluster(), factsOf([...apps("cart"), ...nodes]));
    expect(sourceOf(asked).azure).toEqual(seen("nodes"));
    expect(asked.facts.findings).toEqual([]);
    expect(asked.requests.filter(one => one.includes("resourceGroups/mc_"))).toHaveLength(1);
  });

  test.each(["by a query", "by lists"])("is found by the host of its API server, %s", async how => {
    const server = `https://${fqdn.toUpperCase()}:443`;
    const world = withCluster();
    if (how === "by lists")
      world.azure.fail({ effect: "answer", path: graph, status: 404, code: "InvalidResourceNamespace" });
    const unreadable = { cluster: { server }, unknown: [{ kind: "Node", except: [] }] };
    expect(sourceOf(await ask(world, factsOf(apps("cart"), unreadable))).azure).toEqual(seen("host"));
    // Nodes whose resource group may not be read lead there too.
    world.azure.fail({ effect: "answer", path: /resourceGroups\/mc_/i, status: 403, code: "AuthorizationFailed" });
    const asked = await ask(world, factsOf([...apps("cart"), node("a", scaleSet)], { cluster: { server } }));
    expect(sourceOf(asked).azure).toEqual(seen("host"));
  });

  test("is the one that is named, whatever the context is called", async () => {
    const named = { clusterResourceId: [id.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions")] };
    expect(sourceOf(await ask(withCluster(), factsOf(apps("cart")), { flags: named })).azure).toEqual(seen("flag"));
    const byContext = { clusterResourceId: [`aks-west=${id}`] };
    expect(sourceOf(await ask(withCluster(), factsOf(apps("cart")), { flags: byContext })).azure).toEqual(seen("flag"));
    const called = await ask(
      withCluster(),
      factsOf(apps("cart"), { cluster: { context: "shop", server: "https://1.2.3.4" } }),
    );
    expect(sourceOf(called).azure).toBeUndefined();
  });

  test.each([
    [["east=/subscriptions/x"], "no cluster has the context east"],
    [[id, `aks-west=${id}`], "the cluster of context aks-west is named twice"],
  ])("is refused when it is named for nobody: %s", async (clusterResourceId, message) => {
    await expect(ask(withCluster(), factsOf(apps("cart")), { flags: { clusterResourceId } })).rejects.toThrow(message);
  });

  test("needs its context where there are several", async () => {
    const facts = factsOf(apps("cart"));
    facts.sources.push(cluster({ id: "east", context: "aks-east" }));
    const asking = (clusterResourceId: string[]) => ask(withCluster(), facts, { flags: { clusterResourceId } });
    await expect(asking([id])).rejects.toThrow("write CONTEXT=");
    const asked = await asking([`aks-east=${id}`]);
    expect(asked.facts.sources.map(one => one.type === "cluster" && one.azure?.foundBy)).toEqual([undefined, "flag"]);
  });

  test("that is not one of AKS, or was not found, is told once and blocks nothing", async () => {
    const kind = await ask(withCluster(), factsOf([...apps("cart"), node("a", "kind://docker/kind/node")]));
    expect(kind.facts.findings).toMatchObject([
      { code: "cluster-not-in-azure", args: { context: "aks-west" }, subject: { source: west, name: "kube-system" } },
    ]);
    expect(mapped(kind)).toEqual([[]]);
    const world = azureWith({ cart: {} });
    const lost = await ask(
      world,
      factsOf([...apps("cart"), node("a", scaleSet)], { cluster: { server: `https://${fqdn}` } }),
    );
    expect(lost.facts.findings).toMatchObject([
      {
        code: "cluster-resource-not-found",
        args: { reason: expect.stringMatching(/^nothing manages .*mc_shop_west.*; no AKS cluster .*azmk8s.io$/) },
      },
    ]);
    expect(mapped(lost)).toEqual([[]]);
  });

  test("that cannot be read is told with Azure's words", async () => {
    const world = withCluster();
    world.azure.fail({ effect: "answer", path: "/managedClusters/", status: 403, code: "AuthorizationFailed" });
    const asked = await ask(world, factsOf(apps("cart")), { flags: { clusterResourceId: [id] } });
    expect(asked.facts.findings).toMatchObject([
      { code: "cluster-resource-not-found", args: { reason: expect.stringContaining("403 AuthorizationFailed") } },
    ]);
  });

  const nodes = [node("a", scaleSet)];
  const judged = async (properties: Record<string, unknown>, source: Partial<ReturnType<typeof cluster>> = {}) =>
    ask(withCluster(properties), factsOf([...apps("cart"), ...nodes], { cluster: source }));

  test("whose issuer is off leaves nothing to trust, whatever its tokens say now", async () => {
    const off = { oidcIssuerProfile: { enabled: false } };
    const asked = await judged(off);
    expect(findings(asked)).toEqual([{ code: "issuer-not-enabled", issuer, resourceID: id }]);
    const unread = factsOf([...apps("cart"), ...nodes]);
    delete sourceOf({ facts: unread } as Asked).issuer;
    expect(findings(await ask(withCluster(off), unread))).toEqual([{ code: "issuer-not-enabled", resourceID: id }]);
  });

  test("tells the issuer where the cluster does not", async () => {
    const unread = factsOf([...apps("cart"), ...nodes]);
    delete sourceOf({ facts: unread } as Asked).issuer;
    const asked = await ask(withCluster(), unread);
    expect(asked.judgement.mapped.mappings[0]?.trusts[0]?.issuer).toBe(issuer);
    expect(sourceOf(asked).issuer).toBe(issuer);
  });

  test.each([
    ["another one", "https://westeurope.oic.prod-aks.azure.com/tenant/east/", false],
    ["only the slash at its end", issuer.slice(0, -1), true],
  ])("with another issuer than the cluster says blocks: %s", async (_, issuerURL, slashOnly) => {
    const asked = await judged({ oidcIssuerProfile: { enabled: true, issuerURL } });
    expect(findings(asked)).toEqual([
      { code: "issuer-differs", cluster: issuer, azure: issuerURL, resourceID: id, slashOnly },
    ]);
    expect(asked.judgement.steps.steps).toEqual([]);
  });

  test("with workload identity off blocks the switch, unless a webhook of one's own is there", async () => {
    const off = { securityProfile: {} };
    const asked = await judged(off, { webhook: { installed: false } });
    expect(findings(asked)).toEqual([{ code: "workload-identity-not-enabled", resourceID: id }]);
    expect(asked.judgement.steps.steps.map(({ stage }) => stage)).toEqual(["prepare", "prepare"]);
    expect(mapped(await judged(off))).toEqual([[]]);
    const byDeployment = { webhook: { namespace: "azure-workload-identity-system", ready: 2 } };
    expect(mapped(await judged(off, byDeployment))).toEqual([[]]);
  });

  test("has credentials that nearly have its issuer told by name: they never match", async () => {
    const world = withCluster();
    const subject = "system:serviceaccount:shop:cart";
    const access = signedInAccess(world.azure, world.clock);
    const near = [
      { name: "without-slash", issuer: issuer.slice(0, -1) },
      { name: "in-capitals", issuer: issuer.replace("west/", "West/") },
      { name: "of-another", issuer: issuer.replace("west/", "east/") },
    ];
    for (const one of near)
      await access.putCredential(resourceIDOf("cart"), { ...one, subject, audience: decisions.audience });
    const asked = await ask(world, factsOf([...apps("cart"), ...nodes]));
    expect(asked.facts.findings).toMatchObject(
      near.slice(0, 2).map(one => ({
        code: "credential-issuer-nearly-matches",
        args: { ...one, expected: issuer, principal: resourceIDOf("cart").toLowerCase() },
      })),
    );
    expect(asked.judgement.mapped.mappings[0]?.trusts[0]).not.toHaveProperty("adopts");
  });
});
