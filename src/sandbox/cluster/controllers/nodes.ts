import { isRecord } from "../../../core/kubernetes.ts";
import type { KubernetesObject, PodSpec } from "../object.ts";
import type { Control } from "./control.ts";

/** The nodes that a node selector selects. */
export function nodesFor(control: Control, selector: Record<string, string> | undefined): KubernetesObject[] {
  return control.storage
    .list(control.catalogue.byKind("Node"))
    .filter(({ metadata }) => Object.entries(selector ?? {}).every(([key, value]) => metadata.labels?.[key] === value));
}

/** The affinity by which the DaemonSet controller ties a pod to a node (kubernetes pkg/controller/daemon/util). */
export function affinityTo(node: string): object {
  const nodeSelectorTerms = [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

/** The node that such an affinity names. */
export function pinnedNode(spec: PodSpec): string | undefined {
  let value: unknown = spec.affinity;
  for (const field of ["nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]) {
    value = isRecord(value) ? value[field] : undefined;
  }
  const terms = Array.isArray(value) ? value.filter(isRecord) : [];
  const fields = terms.flatMap(term => (Array.isArray(term.matchFields) ? term.matchFields.filter(isRecord) : []));
  const names = fields.find(({ key }) => key === "metadata.name")?.values;
  return Array.isArray(names) && typeof names[0] === "string" ? names[0] : undefined;
}
