import { describe, expect, it } from "vitest";
import { normalResourceID } from "../../src/core/azure/resourceId.ts";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions, Usage } from "../../src/core/model.ts";
import { isModeUnknown, modesOfSource } from "../../src/core/podIdentity/worlds.ts";
import { find, select } from "../../src/core/usages.ts";
import { clientIDAnnotation, useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import { explain } from "../../src/output/messages.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  decisions,
  exception,
  factsOf,
  factsOfFiles,
  mutated,
  owned,
  resourceIDOf,
  serviceAccount,
  west,
  workload,
} from "./factories.ts";

const usagesOf = (facts: Facts, choice: Partial<Decisions> = {}) => find(facts, { ...decisions, ...choice }).usages;
const ids = (usages: readonly Usage[]) => usages.map(one => one.id.replace(`${west}/`, ""));
const managed = {
  podIdentity: [{ mode: "managed" as const, namespaced: true, addon: false, namespace: "kube-system" }],
};
const principal = { id: resourceIDOf("cart").toLowerCase(), type: "userAssigned", clientID: clientIDOf("cart") };

function only(usages: readonly Usage[]): Usage {
  const [usage, ...others] = usages;
  if (!usage || others.length > 0) throw new Error(`${usages.length} usages`);
  return usage;
}

describe("a usage", () => {
  it("is a workload whose pod template has the label, with what it gets today", () => {
    const facts = factsOf([
      ...bound("shop/cart"),
      workload("shop/cart", { label: "cart", account: "till", metadata: { managers: ["helm"] } }),
      workload("shop/other"),
    ]);
    expect(usagesOf(facts)).toEqual([
      {
        id: `${west}/shop/Deployment/cart`,
        workload: {
          source: west,
          apiVersion: "apps/v1",
          kind: "Deployment",
          namespace: "shop",
          name: "cart",
          uid: "uid-deployment-cart",
        },
        locations: [],
        via: "label",
        bindingLabel: "cart",
        serviceAccount: "till",
        identities: [
          {
            namespace: "shop",
            name: "cart",
            type: "userAssigned",
            clientID: clientIDOf("cart"),
            resourceID: resourceIDOf("cart"),
            binding: { namespace: "shop", name: "cart" },
          },
        ],
        principals: [principal],
        owner: { tool: "helm", evidence: "field manager helm" },
        state: "legacy",
        pods: 0,
        findings: [],
      },
    ]);
  });

  it("is found in every built-in kind, and in old API versions", () => {
    const kinds = [
      "Deployment",
      "StatefulSet",
      "DaemonSet",
      "ReplicaSet",
      "ReplicationController",
      "Job",
      "CronJob",
      "Pod",
    ];
    const facts = factsOf([
      ...bound("shop/cart"),
      ...kinds.map(kind => workload(`shop/${kind.toLowerCase()}`, { kind, label: "cart" })),
      workload("shop/veteran", { apiVersion: "extensions/v1beta1", label: "cart" }),
    ]);
    expect(ids(usagesOf(facts))).toEqual(
      [...kinds.map(kind => `shop/${kind}/${kind.toLowerCase()}`), "shop/Deployment/veteran"].sort(),
    );
  });

  it("is not a label on the workload itself, where nobody reads it", () => {
    const facts = factsOf([
      ...bound("shop/cart"),
      workload("shop/cart", { metadata: { labels: { aadpodidbinding: "cart" } } }),
    ]);
    expect(usagesOf(facts)).toEqual([]);
  });

  it("counts the pods that stem from it", () => {
    const pod = (name: string) =>
      workload(`shop/${name}`, { kind: "Pod", label: "cart", metadata: owned("ReplicaSet", "cart-1") });
    const facts = factsOf([
      ...bound("shop/cart"),
      workload("shop/cart", { label: "cart" }),
      workload("shop/cart-1", { kind: "ReplicaSet", label: "cart", metadata: owned("Deployment", "cart") }),
      pod("a"),
      pod("b"),
    ]);
    expect(usagesOf(facts).map(({ id, pods }) => [id, pods])).toEqual([[`${west}/shop/Deployment/cart`, 2]]);
  });

  it("is the controller that makes its pods, also one that was not read", () => {
    const executor = workload("shop/pi-1", {
      kind: "Pod",
      label: "cart",
      metadata: owned("SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"),
    });
    expect(only(usagesOf(factsOf([...bound("shop/cart"), executor])))).toMatchObject({
      id: `${west}/shop/SparkApplication/pi`,
      workload: { apiVersion: "sparkoperator.k8s.io/v1beta2", kind: "SparkApplication", name: "pi" },
      pods: 1,
    });
  });

  it("with a label that nothing binds is unmatched, and says so", () => {
    const { usages, findings } = find(factsOf([workload("shop/cart", { label: "nobody" })]), decisions);
    expect(usages).toMatchObject([
      { state: "unmatched", identities: [], principals: [], findings: ["label-without-binding"] },
    ]);
    expect(findings).toMatchObject([{ code: "label-without-binding", args: { label: "nobody", among: "cluster" } }]);
  });

  it("with a label that nothing binds in files is not said to get nothing: the binding may be elsewhere", () => {
    const { findings } = find(factsOfFiles([workload("shop/cart", { label: "nobody" })]), decisions);
    const told = findings.find(one => one.code === "label-without-binding");
    expect(told).toMatchObject({ args: { label: "nobody", among: "files" } });
    expect(told && explain(told)).toMatch(/give their manifests to -f too, or ask the cluster/);
  });

  it("with a label is legacy, not unmatched, where bindings that may match could not be read", () => {
    const facts = factsOf([workload("shop/cart", { label: "cart" })], {
      unknown: [{ kind: "AzureIdentityBinding", except: ["shop"] }],
    });
    expect(usagesOf(facts)).toMatchObject([{ state: "legacy", identities: [], findings: ["bindings-not-checked"] }]);
    const local = factsOf([workload("shop/cart", { label: "cart" })], {
      cluster: managed,
      unknown: [{ kind: "AzureIdentityBinding", except: ["shop"] }],
    });
    expect(usagesOf(local)).toMatchObject([{ state: "unmatched", findings: ["label-without-binding"] }]);
  });

  it("is every workload without a label where a managed binding has no selector", () => {
    const facts = factsOf(
      [
        azureIdentity("shop/cart"),
        binding("shop/cart", { selector: "" }),
        workload("shop/plain"),
        workload("shop/labelled", { label: "x" }),
        workload("bank/plain"),
      ],
      { cluster: managed },
    );
    expect(usagesOf(facts).map(({ id, via, findings }) => [id, via, findings])).toEqual([
      [`${west}/shop/Deployment/labelled`, "label", ["label-without-binding"]],
      [`${west}/shop/Deployment/plain`, "emptySelector", ["namespace-wide-binding"]],
    ]);
  });

  it("says where NMI is passed by: exceptions and the host's network", () => {
    const facts = factsOf([
      ...bound("shop/cart"),
      exception("shop/ex", { app: "CART" }),
      workload("shop/cart", { label: "cart", labels: { app: "cart" }, podSpec: { hostNetwork: true } }),
    ]);
    expect(only(usagesOf(facts)).findings).toEqual(["excepted", "host-network"]);
  });
});

describe("the principals of a usage", () => {
  const principals = (...identities: KubernetesObject[]) =>
    only(
      usagesOf(
        factsOf(
          [
            ...identities,
            ...identities.map(one => binding(`shop/${one.metadata.name}`, { selector: "x" })),
            workload("shop/cart", { label: "x" }),
          ],
          { cluster: managed },
        ),
      ),
    ).principals;

  it("are one where two AzureIdentities are for one managed identity", () => {
    const twin = { resourceID: `${resourceIDOf("cart").toUpperCase()}/`, clientID: clientIDOf("cart").toUpperCase() };
    expect(principals(azureIdentity("shop/cart"), azureIdentity("shop/twin", twin))).toEqual([principal]);
  });

  it("are two where one resource id comes with two client ids: NMI serves either", () => {
    expect(
      principals(azureIdentity("shop/cart"), azureIdentity("shop/other", { resourceID: resourceIDOf("cart") })),
    ).toEqual([principal, { ...principal, clientID: clientIDOf("other") }]);
  });

  it("go by the client id where the resource id is none, and for service principals", () => {
    expect(
      principals(
        azureIdentity("shop/a", { resourceID: "nonsense", clientID: "AAAA" }),
        azureIdentity("shop/b", { type: 1, clientID: "BBBB" }),
      ),
    ).toEqual([
      { id: "aaaa", type: "userAssigned", clientID: "AAAA" },
      { id: "bbbb", type: "application", clientID: "BBBB" },
    ]);
  });
});

describe("a resource id", () => {
  it.each([
    [resourceIDOf("Cart"), resourceIDOf("cart").toLowerCase()],
    [`https://management.azure.com${resourceIDOf("cart")}/ `, resourceIDOf("cart").toLowerCase()],
    [resourceIDOf("cart").replace("shop", "Läden"), resourceIDOf("cart").replace("shop", "läden").toLowerCase()],
    [resourceIDOf("cart").slice(1), undefined],
    [resourceIDOf("cart").replace("/shop/", "/../"), undefined],
    [resourceIDOf(""), undefined],
    [`${resourceIDOf("cart")}/extra`, undefined],
    [resourceIDOf("a b"), undefined],
    ["", undefined],
  ])("%s is %s to ARM", (resourceID, normal) => {
    expect(normalResourceID(resourceID)).toBe(normal);
  });
});

describe("the state of a usage", () => {
  const annotated = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart").toUpperCase() });
  const use = { [useLabel]: "true" };
  const pod = (name: string, podSpec = {}) =>
    workload(`shop/${name}`, { kind: "Pod", labels: use, podSpec, metadata: owned("Deployment", "cart") });
  const cart = (labels = {}) => workload("shop/cart", { label: "cart", labels, account: "cart" });
  const others = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("other") });

  it.each<[Usage["state"], string, KubernetesObject[]]>([
    ["legacy", "nothing is done", [cart(), serviceAccount("shop/cart")]],
    ["legacy", "only the account is prepared", [cart(), annotated]],
    ["legacy", "the label's value is not exactly true", [cart({ [useLabel]: "True" }), annotated]],
    ["both", "the account is not annotated", [cart(use), serviceAccount("shop/cart")]],
    ["both", "the account does not exist", [cart(use)]],
    ["both", "the account names another identity", [cart(use), others]],
    ["both", "a pod is old", [cart(use), annotated, pod("a", mutated), pod("b")]],
    ["migrated", "all pods are mutated", [cart(use), annotated, pod("a", mutated)]],
    ["migrated", "no pod runs", [cart(use), annotated]],
  ])("is %s when %s", (state, _, objects) => {
    expect(
      usagesOf(factsOf([...bound("shop/cart"), ...objects])).find(one => one.workload.name === "cart")?.state,
    ).toBe(state);
  });

  it("is both where nobody may look at the pods, and migrated where they may, or in files, which have none", () => {
    const objects = [...bound("shop/cart"), cart(use), annotated];
    const hidden = (...except: string[]) => factsOf(objects, { unknown: [{ kind: "Pod", except }] });
    expect(only(usagesOf(hidden())).state).toBe("both");
    expect(only(usagesOf(hidden("shop"))).state).toBe("migrated");
    expect(only(usagesOf(factsOfFiles(objects))).state).toBe("migrated");
  });

  it("is migrated without its binding, and unmatched without binding and workload identity", () => {
    expect(only(usagesOf(factsOf([cart(use), annotated]))).state).toBe("migrated");
    expect(only(usagesOf(factsOf([cart(use)]))).state).toBe("unmatched");
    expect(only(usagesOf(factsOf([cart(), annotated]))).state).toBe("unmatched");
  });
});

describe("files and a cluster", () => {
  const cart = workload("shop/cart", { label: "cart" });
  const location = (line: number) => ({ file: "deploy/all.yaml", line });

  it("that hold one object give one usage with both places", () => {
    const facts = factsOf([...bound("shop/cart"), cart], { files: [...bound("shop/cart"), cart] });
    expect(usagesOf(facts).map(({ id, locations }) => [id, locations])).toEqual([
      [`${west}/shop/Deployment/cart`, [location(21)]],
    ]);
  });

  it("give a usage of its own for what is in the files only", () => {
    const facts = factsOf([...bound("shop/cart"), cart], {
      files: [workload("bank/cart", { label: "cart" }), workload("shop/cart", { kind: "StatefulSet", label: "cart" })],
    });
    expect(usagesOf(facts).map(({ id, locations }) => [id, locations])).toEqual([
      [`${west}/shop/Deployment/cart`, []],
      ["files:deploy/bank/Deployment/cart", [location(1)]],
      ["files:deploy/shop/StatefulSet/cart", [location(11)]],
    ]);
  });

  it("alone are matched in the mode that is given, else in standard mode", () => {
    const objects = [azureIdentity("bank/cart"), binding("bank/cart"), cart];
    expect(usagesOf(factsOfFiles(objects))).toMatchObject([{ state: "legacy" }]);
    expect(usagesOf(factsOfFiles(objects), { podIdentityMode: "namespaced" })).toMatchObject([{ state: "unmatched" }]);
    expect(usagesOf(factsOfFiles(objects), { podIdentityMode: "managed" })).toMatchObject([{ state: "unmatched" }]);
  });
});

describe("the mode", () => {
  it("that is seen in a cluster goes before the one that is given", () => {
    expect(
      modesOfSource(factsOf([], { cluster: managed }), west, { ...decisions, podIdentityMode: "standard" }),
    ).toMatchObject([{ mode: "managed" }]);
    expect(
      modesOfSource(factsOf([], { cluster: { podIdentity: [] } }), west, { ...decisions, podIdentityMode: "managed" }),
    ).toMatchObject([{ mode: "managed" }]);
  });

  it("is unknown where NMI may run unseen, and nobody says it", () => {
    const hidden = { cluster: { podIdentity: [] }, unknown: [{ kind: "DaemonSet", except: ["shop"] }] };
    expect(isModeUnknown(factsOf([], hidden), west, decisions)).toBe(true);
    expect(isModeUnknown(factsOf([], hidden), west, { ...decisions, podIdentityMode: "managed" })).toBe(false);
    expect(isModeUnknown(factsOf([], { ...hidden, cluster: managed }), west, decisions)).toBe(false);
    expect(isModeUnknown(factsOf([], { ...hidden, unknown: [] }), west, decisions)).toBe(false);
    expect(isModeUnknown(factsOfFiles([]), "files:deploy", decisions)).toBe(false);
  });
});

describe("-n and -l", () => {
  const cart = (namespace: string, app: string) =>
    workload(`${namespace}/${app}`, { label: "cart", labels: { app: "pod-only" }, metadata: { labels: { app } } });
  const facts = factsOf([...bound("shop/cart"), cart("shop", "cart"), cart("shop", "orders"), cart("bank", "cart")]);
  const chosen = (choice: Partial<Decisions>) => ids(select(facts, usagesOf(facts), choice));

  it("tell of a namespace that holds nothing, unless accounts may not be read there", () => {
    const told = (namespaces: string[], seen: Facts = facts) =>
      find(seen, { ...decisions, namespaces })
        .findings.filter(one => one.code === "namespace-not-seen")
        .map(one => one.args);
    expect(told(["shop", "bank"])).toEqual([]);
    expect(told(["shop", "shpo"])).toEqual([{ namespaces: ["shpo"] }]);
    const gap = { source: west, kind: "ServiceAccount", except: ["shop"], reason: "forbidden" };
    expect(told(["shpo"], { ...facts, unknown: [gap] })).toEqual([]);
  });

  it("choose usages by the workload's namespace and labels", () => {
    expect(chosen({})).toHaveLength(3);
    expect(chosen({ namespaces: ["shop"] })).toEqual(["shop/Deployment/cart", "shop/Deployment/orders"]);
    expect(chosen({ selector: "app=cart" })).toEqual(["bank/Deployment/cart", "shop/Deployment/cart"]);
    expect(chosen({ namespaces: ["bank", "shop"], selector: "app!=cart" })).toEqual(["shop/Deployment/orders"]);
    expect(chosen({ namespaces: [] })).toEqual([]);
  });

  it("do not choose facts: a binding of another namespace still counts", () => {
    expect(select(facts, usagesOf(facts, { namespaces: ["bank"] }), { namespaces: ["bank"] })).toMatchObject([
      { state: "legacy" },
    ]);
  });
});
