import type { JsonObject, KubernetesObject, ObjectMeta } from "../../src/core/kubernetes.ts";

/**
 * Metadata as each tool leaves it on the Deployment `shop/cart`, with names of this project's own. Written after what the tools'
 * sources and documentation say: argo-cd util/argo/resource_tracking.go and docs/user-guide/resource_tracking.md; fluxcd/pkg
 * ssa/manager.go; helm pkg/action/validate.go; kustomize api/types/kustomization.go (buildMetadata); addon-manager's README in
 * kubernetes/kubernetes; operator-framework pkg/api/ownerutil; rancher/wrangler pkg/apply/desiredset_apply.go; Octopus'
 * documentation of its Kubernetes steps; Config Sync's annotations reference; kapp's docs (labels).
 */
export const marks = {
  argoCDTracking: {
    labels: { "app.kubernetes.io/instance": "shop", "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/cart" },
  },
  argoCDLabel: { labels: { "argocd.argoproj.io/instance": "shop" } },
  kustomization: {
    labels: { "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system" },
  },
  helmRelease: {
    labels: {
      "app.kubernetes.io/managed-by": "Helm",
      "helm.toolkit.fluxcd.io/name": "cart",
      "helm.toolkit.fluxcd.io/namespace": "shop",
    },
    annotations: { "meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop" },
  },
  helm: {
    labels: {
      "app.kubernetes.io/instance": "cart",
      "app.kubernetes.io/managed-by": "Helm",
      "helm.sh/chart": "cart-1.2.3",
    },
    annotations: { "meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop" },
  },
  chartRendered: { labels: { "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "cart-1.2.3" } },
  kustomize: { annotations: { "config.kubernetes.io/origin": "path: deployment.yaml\n" } },
  addon: { labels: { "addonmanager.kubernetes.io/mode": "Reconcile", "kubernetes.io/cluster-service": "true" } },
  aks: { labels: { "kubernetes.azure.com/managedby": "aks" } },
  olm: {
    labels: {
      "olm.owner": "cart-operator.v1.0.0",
      "olm.owner.kind": "ClusterServiceVersion",
      "olm.owner.namespace": "shop",
    },
    ownerReferences: [
      { apiVersion: "operators.coreos.com/v1alpha1", kind: "ClusterServiceVersion", name: "cart-operator.v1.0.0" },
    ],
  },
  rancher: {
    annotations: {
      "objectset.rio.cattle.io/id": "",
      "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon",
      "objectset.rio.cattle.io/owner-name": "cart",
      "objectset.rio.cattle.io/owner-namespace": "kube-system",
    },
  },
  fleet: { annotations: { "objectset.rio.cattle.io/id": "default-shop-cart" } },
  octopus: {
    labels: { "Octopus.Project.Id": "projects-1", "Octopus.Environment.Id": "environments-1", "Octopus.Step.Id": "s" },
  },
  configSync: {
    labels: { "app.kubernetes.io/managed-by": "configmanagement.gke.io" },
    annotations: {
      "configmanagement.gke.io/managed": "enabled",
      "configsync.gke.io/resource-id": "apps_deployment_shop_cart",
    },
  },
  kapp: { labels: { "kapp.k14s.io/app": "1700000000000000000", "kapp.k14s.io/association": "v1.0" } },
} satisfies Record<string, Partial<ObjectMeta>>;

/** An Application of Argo CD's own namespace that lists the object, in the cluster that it runs in. */
export function application(
  name: string,
  lists: { group?: string; kind: string; namespace?: string; name: string }[],
  {
    namespace = "argocd",
    destination = { server: "https://kubernetes.default.svc" },
    syncPolicy,
  }: ApplicationOptions = {},
): KubernetesObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace },
    spec: { destination, ...(syncPolicy ? { syncPolicy } : {}) },
    status: { resources: lists.map(one => ({ version: "v1", status: "Synced", ...one })) },
  };
}

interface ApplicationOptions {
  namespace?: string;
  destination?: JsonObject;
  syncPolicy?: JsonObject;
}

export const cartInShop = { group: "apps", kind: "Deployment", namespace: "shop", name: "cart" };

/** A Kustomization or HelmRelease as far as it is read. */
export function fluxObject(kind: "Kustomization" | "HelmRelease", path: string, spec: JsonObject): KubernetesObject {
  const [namespace = "", name = ""] = path.split("/");
  const group = kind === "Kustomization" ? "kustomize.toolkit.fluxcd.io/v1" : "helm.toolkit.fluxcd.io/v2";
  return { apiVersion: group, kind, metadata: { namespace, name }, spec };
}
