import type { KubernetesObject } from "./kubernetes.ts";
import type { Owner } from "./model.ts";

/** Field managers that put a change back, or are surprised by it. Terraform's provider leaves no other trace on an object. */
const managerTools: readonly [pattern: RegExp, tool: Owner["tool"]][] = [
  [/^argocd/, "argocd"],
  [/^(kustomize|helm)-controller$/, "flux"],
  [/^helm$/i, "helm"],
  [/^(terraform|hashicorp)/i, "terraform"],
  [/^pulumi/i, "pulumi"],
];

/**
 * Who puts this object back when somebody changes it, with the evidence, strongest first; undefined where nothing says so.
 * A tracking id of Argo CD counts only when it names this very object: copies of labels and annotations carry it along.
 */
export function ownerOf(object: KubernetesObject): Owner | undefined {
  const { labels = {}, annotations = {}, ownerReferences = [], managers = [] } = object.metadata;
  const tracking = annotations["argocd.argoproj.io/tracking-id"];
  if (tracking !== undefined && tracksItself(tracking, object)) {
    return { tool: "argocd", evidence: `annotation argocd.argoproj.io/tracking-id=${tracking}` };
  }
  for (const [key, tool] of [
    ["argocd.argoproj.io/instance", "argocd"],
    ["kustomize.toolkit.fluxcd.io/name", "flux"],
    ["helm.toolkit.fluxcd.io/name", "flux"],
    ["addonmanager.kubernetes.io/mode", "addon"],
    ["kapp.k14s.io/app", "operator"],
    ["olm.owner", "operator"],
  ] as const) {
    const value = labels[key];
    if (value !== undefined) return { tool, evidence: `label ${key}=${value}` };
  }
  const owner = ownerReferences.find(one => one.controller === true) ?? ownerReferences[0];
  if (owner) {
    const how = owner.controller === true ? "controlled" : "owned";
    return { tool: "operator", evidence: `${how} by ${owner.kind} ${owner.name}` };
  }
  for (const key of [
    "objectset.rio.cattle.io/id",
    "configmanagement.gke.io/managed",
    "configsync.gke.io/resource-id",
  ]) {
    const value = annotations[key];
    if (value !== undefined) return { tool: "operator", evidence: `annotation ${key}=${value}` };
  }
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined) return { tool: "helm", evidence: `annotation meta.helm.sh/release-name=${release}` };
  if (labels["app.kubernetes.io/managed-by"] === "Helm") {
    return { tool: "helm", evidence: "label app.kubernetes.io/managed-by=Helm" };
  }
  for (const manager of managers) {
    const known = managerTools.find(([pattern]) => pattern.test(manager));
    if (known) return { tool: known[1], evidence: `field manager ${manager}` };
  }
  return undefined;
}

/** `APP:GROUP/KIND:NAMESPACE/NAME`, as Argo CD writes it (argo-cd util/argo/resource_tracking.go). */
function tracksItself(tracking: string, object: KubernetesObject): boolean {
  const [, groupKind, name] = tracking.split(":");
  return (
    groupKind?.split("/").at(-1) === object.kind &&
    (name === `${object.metadata.namespace ?? ""}/${object.metadata.name}` || name === object.metadata.name)
  );
}
