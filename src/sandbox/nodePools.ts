import { isRecord, type KubernetesObject, podTemplateOf } from "../core/kubernetes.ts";
import { node } from "./cluster/seed.ts";

/**
 * Nodes on which the pods of these workloads can run: two plain ones, and one for each node selector that asks for more.
 * Manifests do not tell which pools their cluster has; that they fit is taken for granted.
 */
export function nodePools(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const plain = [0, 1].map(index => node(index) as KubernetesObject);
  const [{ metadata } = { metadata: undefined }] = plain;
  const selectors = new Map<string, Record<string, string>>();
  for (const object of objects) {
    const spec: unknown = podTemplateOf(object)?.spec;
    const selector = isRecord(spec) && isRecord(spec.nodeSelector) ? spec.nodeSelector : {};
    const labels = Object.entries(selector).map(([key, value]) => [key, String(value)] as const);
    if (labels.some(([key, value]) => metadata?.labels?.[key] !== value))
      selectors.set(JSON.stringify([...labels].sort()), Object.fromEntries(labels));
  }
  return [...plain, ...[...selectors.values()].map((labels, index) => node(index + 2, labels) as KubernetesObject)];
}
