import type { Owner } from "../model.ts";
import { type Evidence, noted } from "./owner.ts";

/** A release: the next `helm upgrade` brings back what the chart sets. Its label alone is also in charts that others render. */
export const releasedByHelm: Evidence = ({ labels, annotations }) => {
  const release = annotations["meta.helm.sh/release-name"];
  if (release === undefined || labels["app.kubernetes.io/managed-by"] !== "Helm") return undefined;
  return { ...releaseOf(annotations, release), evidence: noted("annotation", "meta.helm.sh/release-name", release) };
};

/** What less than Helm's two marks says: rendered from a chart, by whomever. */
export const renderedByHelm: Evidence = ({ labels, annotations }) => {
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined)
    return { ...releaseOf(annotations, release), evidence: noted("annotation", "meta.helm.sh/release-name", release) };
  if (labels["app.kubernetes.io/managed-by"] !== "Helm") return undefined;
  return { tool: "helm", evidence: noted("label", "app.kubernetes.io/managed-by", "Helm") };
};

function releaseOf(
  annotations: Record<string, string>,
  name: string,
): Pick<Owner, "tool" | "kind" | "namespace" | "name"> {
  const namespace = annotations["meta.helm.sh/release-namespace"];
  return { tool: "helm", kind: "release", ...(namespace === undefined ? {} : { namespace }), name };
}

const marks: readonly { tool: Owner["tool"]; what: "annotation" | "label"; key: RegExp; value?: RegExp }[] = [
  { tool: "configsync", what: "annotation", key: /^configsync\.gke\.io\/resource-id$/ },
  { tool: "configsync", what: "annotation", key: /^configmanagement\.gke\.io\/managed$/, value: /^enabled$/ },
  { tool: "kapp", what: "label", key: /^kapp\.k14s\.io\/app$/ },
  // Octopus labels what its steps deploy: Octopus.Project.Id, Octopus.Environment.Id, ...
  { tool: "octopus", what: "label", key: /^Octopus\.(Project|Deployment|Step|Action)\.Id$/ },
  { tool: "octopus", what: "label", key: /^app\.kubernetes\.io\/managed-by$/, value: /^octopus/i },
  { tool: "pulumi", what: "label", key: /^app\.kubernetes\.io\/managed-by$/, value: /^pulumi$/ },
  { tool: "pulumi", what: "annotation", key: /^pulumi\.com\/(autonamed|skipAwait|patchForce)$/ },
  { tool: "terraform", what: "label", key: /^app\.kubernetes\.io\/managed-by$/, value: /^terraform/i },
];

/** Tools that say so by a label or an annotation of their own. */
export const markedByDeployer: Evidence = ({ labels, annotations }) => firstMark(marks, labels, annotations);

/** kustomize only renders; who applies what it gave is not known (kustomize, api/types/kustomization.go, buildMetadata). */
export const renderedByKustomize: Evidence = ({ labels, annotations }) =>
  firstMark(
    [
      { tool: "kustomize", what: "label", key: /^app\.kubernetes\.io\/managed-by$/, value: /^kustomize/ },
      { tool: "kustomize", what: "annotation", key: /^config\.kubernetes\.io\/origin$/ },
    ],
    labels,
    annotations,
  );

function firstMark(
  of: typeof marks,
  labels: Record<string, string>,
  annotations: Record<string, string>,
): Owner | undefined {
  for (const { tool, what, key, value } of of) {
    const found = Object.entries(what === "label" ? labels : annotations).find(
      ([name, content]) => key.test(name) && (value === undefined || value.test(content)),
    );
    if (found) return { tool, evidence: noted(what, ...found) };
  }
  return undefined;
}
