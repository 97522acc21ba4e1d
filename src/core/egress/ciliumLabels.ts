import { isRecord } from "../kubernetes.ts";
import type { EgressPod } from "./pod.ts";

/** The labels by which Cilium knows a pod: its own, and those it derives of namespace and account. */
export function ciliumLabels({
  labels,
  namespace,
  namespaceLabels = {},
  account,
}: Pick<EgressPod, "labels" | "namespace" | "namespaceLabels"> & { account?: { name: string } }): Record<
  string,
  string
> {
  return {
    ...labels,
    "io.kubernetes.pod.namespace": namespace,
    ...(account ? { "io.cilium.k8s.policy.serviceaccount": account.name } : {}),
    ...Object.fromEntries(
      Object.entries(namespaceLabels).map(([key, value]) => [`io.cilium.k8s.namespace.labels.${key}`, value]),
    ),
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

function bare(key: string): string {
  return key.replace(/^(k8s|any)[:.](?=.)/, "");
}
