import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { ownerOf as ownerInFacts } from "../../src/core/ownership.ts";
import { factsOf, found, owned, workload } from "./factories.ts";

const cart = (metadata: Partial<KubernetesObject["metadata"]> = {}, kind = "Deployment") =>
  workload("shop/cart", { kind, metadata });
const tracked = (id: string) => ({ annotations: { "argocd.argoproj.io/tracking-id": id } });
const helm = {
  annotations: { "meta.helm.sh/release-name": "shop" },
  labels: { "app.kubernetes.io/managed-by": "Helm" },
};

const ownerOf = (object: KubernetesObject) => {
  const facts = factsOf([object]);
  const [only] = found([object]);
  return only && ownerInFacts(facts, only.ref, object);
};

describe("who owns an object", () => {
  it.each([
    [
      "Argo CD, by a tracking id that names the object itself",
      tracked("shop:apps/Deployment:shop/cart"),
      { tool: "argocd", evidence: "annotation argocd.argoproj.io/tracking-id=shop:apps/Deployment:shop/cart" },
    ],
    [
      "Argo CD, by its label",
      { labels: { "argocd.argoproj.io/instance": "shop" } },
      { tool: "argocd", evidence: "label argocd.argoproj.io/instance=shop" },
    ],
    [
      "a Kustomization of Flux",
      { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } },
      { tool: "flux", evidence: "label kustomize.toolkit.fluxcd.io/name=shop" },
    ],
    [
      "a HelmRelease of Flux, which says more than Helm's own annotation",
      { ...helm, labels: { ...helm.labels, "helm.toolkit.fluxcd.io/name": "shop" } },
      { tool: "flux", evidence: "label helm.toolkit.fluxcd.io/name=shop" },
    ],
    [
      "an AKS add-on",
      { labels: { "addonmanager.kubernetes.io/mode": "Reconcile" } },
      { tool: "addon", evidence: "label addonmanager.kubernetes.io/mode=Reconcile" },
    ],
    ["Helm, by its release", helm, { tool: "helm", evidence: "annotation meta.helm.sh/release-name=shop" }],
    [
      "Helm, by its label alone",
      { labels: helm.labels },
      { tool: "helm", evidence: "label app.kubernetes.io/managed-by=Helm" },
    ],
    [
      "an operator, by its controller reference",
      owned("SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"),
      { tool: "operator", evidence: "controlled by SparkApplication pi" },
    ],
    [
      "Terraform, by its field manager",
      { managers: ["kubectl", "Terraform"] },
      { tool: "terraform", evidence: "field manager Terraform" },
    ],
    ["HashiCorp's provider", { managers: ["HashiCorp"] }, { tool: "terraform", evidence: "field manager HashiCorp" }],
    [
      "Pulumi",
      { managers: ["pulumi-kubernetes-1"] },
      { tool: "pulumi", evidence: "field manager pulumi-kubernetes-1" },
    ],
    [
      "Argo CD, by its field manager",
      { managers: ["argocd-controller"] },
      { tool: "argocd", evidence: "field manager argocd-controller" },
    ],
    [
      "Flux, by its field manager",
      { managers: ["kustomize-controller"] },
      { tool: "flux", evidence: "field manager kustomize-controller" },
    ],
    ["Helm, by its field manager", { managers: ["helm"] }, { tool: "helm", evidence: "field manager helm" }],
  ])("%s", (_, metadata, owner) => {
    expect(ownerOf(cart(metadata))).toEqual(owner);
  });

  it.each([
    ["nobody", {}],
    ["a tracking id that was copied from another object", tracked("shop:apps/Deployment:shop/orders")],
    ["a tracking id of another namespace", tracked("shop:apps/Deployment:bank/cart")],
    ["a tracking id of another kind", tracked("shop:apps/StatefulSet:shop/cart")],
    ["a tracking id that is no such thing", tracked("shop")],
    ["a Helm chart's label that others use too", { labels: { "app.kubernetes.io/instance": "shop" } }],
    ["kubectl and this tool", { managers: ["kubectl-client-side-apply", "azwi-migrate", "kube-controller-manager"] }],
  ])("not known from %s", (_, metadata) => {
    expect(ownerOf(cart(metadata))).toBeUndefined();
  });

  it.each<[string, object, string]>([
    [
      "an owner that is no controller",
      { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x" }] },
      "owned by ConfigMap x",
    ],
    [
      "Rancher Fleet",
      { annotations: { "objectset.rio.cattle.io/id": "shop" } },
      "annotation objectset.rio.cattle.io/id=shop",
    ],
    ["kapp", { labels: { "kapp.k14s.io/app": "1700" } }, "label kapp.k14s.io/app=1700"],
    ["OLM", { labels: { "olm.owner": "shop.v1" } }, "label olm.owner=shop.v1"],
    [
      "Config Sync",
      { annotations: { "configmanagement.gke.io/managed": "enabled" } },
      "annotation configmanagement.gke.io/managed=enabled",
    ],
  ])("an operator, by %s", (_, metadata, evidence) => {
    expect(ownerOf(cart(metadata))).toEqual({ tool: "operator", evidence });
  });

  it("Argo CD's copied tracking id does not hide Helm behind it", () => {
    const copied = {
      ...helm,
      annotations: { ...helm.annotations, ...tracked("a:apps/Deployment:shop/x").annotations },
    };
    expect(ownerOf(cart(copied))).toEqual({ tool: "helm", evidence: "annotation meta.helm.sh/release-name=shop" });
  });

  it("is Argo CD for cluster-wide objects and for groups without a name too", () => {
    const account: KubernetesObject = {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "cart", namespace: "shop", ...tracked("shop:/ServiceAccount:shop/cart") },
    };
    expect(ownerOf(account)?.tool).toBe("argocd");
  });
});
