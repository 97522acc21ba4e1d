import { describe, expect, it } from "vitest";
import type { KubernetesObject, ObjectMeta } from "../../../src/core/kubernetes.ts";
import { leftAloneBy, ownerOf as ownerInFacts, sourceOfOwner } from "../../../src/core/owners/ownership.ts";
import { type FactsOptions, factsOf, found, owned, workload } from "../factories.ts";
import { application, cartInShop, marks } from "../ownedObjects.ts";

const cart = (metadata: Partial<ObjectMeta> = {}, kind = "Deployment") => workload("shop/cart", { kind, metadata });
const tracked = (id: string) => ({ annotations: { "argocd.argoproj.io/tracking-id": id } });

const ownerOf = (object: KubernetesObject, beside: KubernetesObject[] = [], options: FactsOptions = {}) => {
  const facts = factsOf([object, ...beside], options);
  const [only] = found([object]);
  return only && ownerInFacts(facts, only.ref, object);
};

const shop = { tool: "argocd", kind: "Application", name: "shop" };

describe("who owns an object", () => {
  it.each<[string, Partial<ObjectMeta>, object]>([
    [
      "Argo CD, by a tracking id that names the object itself",
      marks.argoCDTracking,
      { ...shop, evidence: "annotation argocd.argoproj.io/tracking-id=shop:apps/Deployment:shop/cart" },
    ],
    [
      "an Application of another namespace than Argo CD's",
      tracked("teams_shop:apps/Deployment:shop/cart"),
      {
        ...shop,
        namespace: "teams",
        evidence: "annotation argocd.argoproj.io/tracking-id=teams_shop:apps/Deployment:shop/cart",
      },
    ],
    ["Argo CD, by its label", marks.argoCDLabel, { ...shop, evidence: "label argocd.argoproj.io/instance=shop" }],
    [
      "a Kustomization of Flux",
      marks.kustomization,
      {
        tool: "flux",
        kind: "Kustomization",
        namespace: "flux-system",
        name: "apps",
        evidence: "label kustomize.toolkit.fluxcd.io/name=apps",
      },
    ],
    [
      "a HelmRelease of Flux, which says more than Helm's own annotation",
      marks.helmRelease,
      {
        tool: "flux",
        kind: "HelmRelease",
        namespace: "shop",
        name: "cart",
        evidence: "label helm.toolkit.fluxcd.io/name=cart",
      },
    ],
    [
      "Helm, by its release",
      marks.helm,
      {
        tool: "helm",
        kind: "release",
        namespace: "shop",
        name: "cart",
        evidence: "annotation meta.helm.sh/release-name=cart",
      },
    ],
    [
      "Helm, by the label of a rendered chart alone",
      marks.chartRendered,
      { tool: "helm", evidence: "label app.kubernetes.io/managed-by=Helm" },
    ],
    [
      "Argo CD, by its field manager, before the label of the chart that it renders",
      {
        ...marks.chartRendered,
        labels: { ...marks.chartRendered.labels, "app.kubernetes.io/instance": "shop" },
        managers: ["argocd-controller", "kube-controller-manager"],
      },
      { ...shop, evidence: "field manager argocd-controller" },
    ],
    ["kustomize", marks.kustomize, { tool: "kustomize", evidence: expect.stringMatching(/^annotation config/) }],
    ["an AKS add-on", marks.addon, { tool: "addon", evidence: "label addonmanager.kubernetes.io/mode=Reconcile" }],
    ["AKS itself", marks.aks, { tool: "addon", evidence: "label kubernetes.azure.com/managedby=aks" }],
    [
      "an operator of OLM",
      marks.olm,
      {
        tool: "operator",
        kind: "ClusterServiceVersion",
        namespace: "shop",
        name: "cart-operator.v1.0.0",
        evidence: "label olm.owner=cart-operator.v1.0.0",
      },
    ],
    [
      "a controller of Rancher",
      marks.rancher,
      {
        tool: "operator",
        kind: "Addon",
        name: "cart",
        evidence: "annotation objectset.rio.cattle.io/owner-gvk=k3s.cattle.io/v1, Kind=Addon",
      },
    ],
    [
      "Rancher Fleet",
      marks.fleet,
      { tool: "fleet", evidence: "annotation objectset.rio.cattle.io/id=default-shop-cart" },
    ],
    ["Octopus Deploy", marks.octopus, { tool: "octopus", evidence: "label Octopus.Project.Id=projects-1" }],
    [
      "Config Sync",
      marks.configSync,
      { tool: "configsync", evidence: "annotation configsync.gke.io/resource-id=apps_deployment_shop_cart" },
    ],
    ["kapp", marks.kapp, { tool: "kapp", evidence: "label kapp.k14s.io/app=1700000000000000000" }],
    [
      "an operator, by its controller reference",
      owned("SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"),
      {
        tool: "operator",
        kind: "SparkApplication",
        namespace: "shop",
        name: "pi",
        evidence: "controlled by SparkApplication pi",
      },
    ],
    [
      "an operator, by an owner that is no controller",
      { ownerReferences: [{ apiVersion: "v1", kind: "AppliedWork", name: "x" }] },
      { tool: "operator", kind: "AppliedWork", namespace: "shop", name: "x", evidence: "owned by AppliedWork x" },
    ],
    ...[
      ["Terraform", "terraform"],
      ["HashiCorp", "terraform"],
      ["terraform-provider-helm_v2.17.0_x5", "helm"],
      ["pulumi-kubernetes-1a2b3c4d", "pulumi"],
      ["argocd-controller", "argocd"],
      ["argocd-application-controller", "argocd"],
      ["kustomize-controller", "flux"],
      ["helm-controller", "flux"],
      ["helm", "helm"],
      ["configsync", "configsync"],
      ["kapp-server", "kapp"],
    ].map(([manager, tool]): [string, Partial<ObjectMeta>, object] => [
      `${tool}, by its field manager ${manager}`,
      { managers: ["kubectl", manager ?? ""] },
      { tool, evidence: `field manager ${manager}` },
    ]),
  ])("%s", (_, metadata, owner) => {
    expect(ownerOf(cart(metadata))).toEqual(owner);
  });

  it.each([
    ["nobody", {}],
    ["a tracking id that was copied from another object", tracked("shop:apps/Deployment:shop/orders")],
    ["a tracking id of another namespace", tracked("shop:apps/Deployment:bank/cart")],
    ["a tracking id of another kind", tracked("shop:apps/StatefulSet:shop/cart")],
    ["a tracking id of another group", tracked("shop:example.com/Deployment:shop/cart")],
    ["a tracking id that is no such thing", tracked("shop")],
    ["a label that all charts set", { labels: { "app.kubernetes.io/instance": "shop" } }],
    [
      "an object that Config Sync was told to leave",
      { annotations: { "configmanagement.gke.io/managed": "disabled" } },
    ],
    ["kubectl, people and this tool", { managers: ["kubectl-client-side-apply", "jane", "azwi-migrate"] }],
    ["a name that only begins like a tool's", { managers: ["argocdish", "pod-helm", "kapp-of-ours"] }],
  ])("not known from %s", (_, metadata) => {
    expect(ownerOf(cart(metadata))).toBeUndefined();
  });

  it("a copied tracking id does not hide Helm behind it", () => {
    const copied = {
      ...marks.helm,
      annotations: { ...marks.helm.annotations, ...tracked("a:apps/Deployment:b/c").annotations },
    };
    expect(ownerOf(cart(copied))?.tool).toBe("helm");
  });

  it("labels that a controller copied from its own resource do not hide the controller", () => {
    const copied = { ...marks.argoCDLabel, ...owned("Shop", "cart", "example.com/v1") };
    expect(ownerOf(cart(copied))).toMatchObject({ tool: "operator", kind: "Shop" });
  });

  it("labels that an owner copied from its own resource do not hide the owner, though it does not control", () => {
    const [reference] = owned("KafkaConnect", "kafka", "kafka.strimzi.io/v1beta2").ownerReferences;
    const copied = { ...marks.argoCDLabel, ownerReferences: reference ? [{ ...reference, controller: false }] : [] };
    expect(ownerOf(cart(copied))).toMatchObject({ tool: "operator", kind: "KafkaConnect" });
    expect(ownerOf(cart({ ...copied, managers: ["argocd-controller"] }))?.tool).toBe("argocd");
  });

  it("is the controller at the top of the chain, as far as it was read", () => {
    const shopOfCart = workload("shop/web", { metadata: owned("Shop", "main", "example.com/v1") });
    expect(ownerOf(cart(owned("Deployment", "web"), "ReplicaSet"), [shopOfCart])).toEqual({
      tool: "operator",
      kind: "Shop",
      namespace: "shop",
      name: "main",
      evidence: "controlled by Deployment web, which is controlled by Shop main",
    });
  });

  it("does not go round in circles with owners that own each other", () => {
    const web = workload("shop/web", { metadata: owned("ReplicaSet", "cart") });
    expect(ownerOf(cart(owned("Deployment", "web"), "ReplicaSet"), [web])?.kind).toBe("ReplicaSet");
  });

  it.each([
    ["of groups without a name", "v1", "ServiceAccount", { namespace: "shop" }, "shop:/ServiceAccount:shop/cart"],
    [
      "without a namespace",
      "rbac.authorization.k8s.io/v1",
      "ClusterRoleBinding",
      {},
      "shop:rbac.authorization.k8s.io/ClusterRoleBinding:shop/cart",
    ],
    [
      "in an old version",
      "extensions/v1beta1",
      "Deployment",
      { namespace: "shop" },
      "shop:extensions/Deployment:shop/cart",
    ],
    [
      "with a colon in their name",
      "rbac.authorization.k8s.io/v1",
      "RoleBinding",
      { namespace: "shop", name: "cart:reader" },
      "shop:rbac.authorization.k8s.io/RoleBinding:shop/cart:reader",
    ],
  ])("is Argo CD for objects %s too", (_, apiVersion, kind, where, id) => {
    expect(ownerOf({ apiVersion, kind, metadata: { name: "cart", ...where, ...tracked(id) } })).toMatchObject(shop);
  });
});

describe("an Application of Argo CD that lists an object", () => {
  const instance = { labels: { "app.kubernetes.io/instance": "shop" } };
  const listed = { ...shop, namespace: "argocd", evidence: "status.resources of Application argocd/shop" };

  it("owns it, whatever it tracks it by", () => {
    expect(ownerOf(cart(instance), [application("shop", [cartInShop])])).toEqual(listed);
    expect(ownerOf(cart(), [application("shop", [cartInShop])])).toEqual(listed);
  });

  it("goes before Helm's annotations, which its rendered charts may have too", () => {
    expect(ownerOf(cart(marks.helm), [application("shop", [cartInShop])])).toEqual(listed);
  });

  it("does not own its namesakes of another kind, group or namespace", () => {
    const others = [
      { ...cartInShop, kind: "StatefulSet" },
      { ...cartInShop, group: "example.com" },
      { ...cartInShop, namespace: "bank" },
    ];
    expect(ownerOf(cart(instance), [application("shop", others)])).toBeUndefined();
  });

  it("in a cluster that manages others, owns what is there and not what is here", () => {
    const there = application("shop", [cartInShop], { destination: { server: "https://elsewhere.example" } });
    const named = application("named", [cartInShop], { destination: { name: "elsewhere" } });
    expect(ownerOf(cart(instance), [there, named])).toBeUndefined();
  });

  it("may say its cluster by the server that the kubeconfig names, or by in-cluster", () => {
    for (const destination of [{ server: "https://west.example:443/" }, { name: "in-cluster" }])
      expect(ownerOf(cart(), [application("shop", [cartInShop], { destination })])).toEqual(listed);
  });

  it("is read with a look at each value", () => {
    const wrong = application("shop", []);
    wrong.status = { resources: [null, "x", { kind: 1, name: [] }, { kind: "Deployment" }] };
    wrong.spec = { destination: "here", syncPolicy: 1 };
    expect(ownerOf(cart(), [wrong, { ...application("b", []), spec: {} }])).toBeUndefined();
  });
});

describe("where an owner's objects are changed", () => {
  it.each([
    ["argocd", "git"],
    ["flux", "git"],
    ["helm", "git"],
    ["kustomize", "git"],
    ["terraform", "git"],
    ["pulumi", "git"],
    ["kapp", "git"],
    ["fleet", "git"],
    ["configsync", "git"],
    ["octopus", "git"],
    ["addon", "manual"],
    ["operator", "manual"],
  ] as const)("%s: %s", (tool, route) => {
    expect(sourceOfOwner({ tool, evidence: "" })).toBe(route);
  });

  const flux = { tool: "flux", evidence: "" } as const;
  const annotated = (key: string, value: string) =>
    leftAloneBy(flux, cart({ annotations: { [`kustomize.toolkit.fluxcd.io/${key}`]: value } }));

  it.each([
    ["reconcile", "disabled"],
    ["ssa", "Ignore"],
    ["ssa", "IfNotPresent"],
    ["ssa", "ifnotpresent"],
  ])("not in Flux's source while it has %s: %s", (key, value) => {
    expect(annotated(key, value)).toBe(`annotation kustomize.toolkit.fluxcd.io/${key}=${value}`);
  });

  it.each([
    ["reconcile", "enabled"],
    ["ssa", "Merge"],
    ["ssa", "Override"],
  ])("in Flux's source also with %s: %s", (key, value) => {
    expect(annotated(key, value)).toBeUndefined();
  });

  it("the annotations mean nothing to other tools", () => {
    const object = cart({ annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } });
    expect(leftAloneBy({ tool: "argocd", evidence: "" }, object)).toBeUndefined();
  });
});

it("evidence is of the object's own cluster", () => {
  const facts = factsOf([], { files: [cart(), application("shop", [cartInShop])] });
  const [here] = found([cart()]);
  expect(here && ownerInFacts(facts, here.ref, here.object)).toBeUndefined();
});
