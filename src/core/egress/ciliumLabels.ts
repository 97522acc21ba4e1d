import { isRecord } from "../kubernetes.ts";
import { records } from "../workloads/templateContainers.ts";
import type { PolicyPod } from "./pod.ts";

export const ciliumAccount = "io.cilium.k8s.policy.serviceaccount";
/** Before the labels of the namespace. */
export const namespaceLabel = "io.cilium.k8s.namespace.labels.";

/** The labels by which Cilium knows a pod: its own, and those it derives of namespace and account. */
export function ciliumLabels({
  labels,
  namespace,
  namespaceLabels = {},
  account,
}: Pick<PolicyPod, "labels" | "namespace" | "namespaceLabels"> & { account?: { name: string } }): Record<
  string,
  string
> {
  return {
    ...labels,
    "io.kubernetes.pod.namespace": namespace,
    ...(account ? { [ciliumAccount]: account.name } : {}),
    ...Object.fromEntries(Object.entries(namespaceLabels).map(([key, value]) => [namespaceLabel + key, value])),
  };
}

/** A selector without the sources `k8s:` and `any:`; a key of another source is left, and is on no pod. */
export function withoutSources(selector: unknown): unknown {
  if (!isRecord(selector)) return selector;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(isRecord(matchLabels)
      ? { matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [bare(key), value])) }
      : { matchLabels }),
    matchExpressions: Array.isArray(matchExpressions)
      ? matchExpressions.map((one: unknown) =>
          isRecord(one) && typeof one.key === "string" ? { ...one, key: bare(one.key) } : one,
        )
      : matchExpressions,
  };
}

/** The labels that a selector is about, without their sources. */
export function labelsIn(selector: unknown): string[] {
  const { matchLabels, matchExpressions } = isRecord(selector) ? selector : {};
  const inExpressions = records(matchExpressions).map(({ key }) => String(key));
  return [...(isRecord(matchLabels) ? Object.keys(matchLabels) : []), ...inExpressions].map(bare);
}

/** A selector that names no namespace means the one of its policy. */
export function namesNamespace(selector: unknown): boolean {
  return labelsIn(selector).some(key => key === "io.kubernetes.pod.namespace" || key.startsWith(namespaceLabel));
}

function bare(key: string): string {
  return key.replace(/^(k8s|any)[:.](?=.)/, "");
}
