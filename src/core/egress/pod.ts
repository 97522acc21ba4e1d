import type { CheckedUsage } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import type { FoundObject, SourceId } from "../model.ts";
import { namespaceLabelsOf } from "../namespaceLabels.ts";
import { perFacts } from "../perFacts.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import { type Addresses, cidr } from "./addresses.ts";

type Labels = Readonly<Record<string, string>>;

/** A pod as policies see it. */
export interface PolicyPod {
  source: SourceId;
  namespace: string;
  labels: Labels;
  /** Undefined where the namespace could not be read. */
  namespaceLabels: Labels | undefined;
  account: { name: string; labels: Labels };
}

/** What it will be once the workload is switched. */
export interface EgressPod extends PolicyPod {
  annotations: Labels;
  resolver: Resolver;
}

/** Who answers its name requests; `labels` of each such pod in the cluster's own DNS. */
export type Resolver =
  | { kind: "cluster"; pods: readonly Labels[]; namespaceLabels: Labels; addresses: readonly Addresses[] }
  | { kind: "other" };

const dnsNamespace = "kube-system";
const dnsLabels: Labels = { "k8s-app": "kube-dns" };

export function egressPod({ facts, usage, template, account }: CheckedUsage): EgressPod {
  const { source, namespace = "default" } = usage.workload;
  const found = facts.objects.find(source, "ServiceAccount", namespace, account.name);
  const spec: unknown = template?.spec;
  const policy = isRecord(spec) ? spec.dnsPolicy : undefined;
  return {
    source,
    namespace,
    labels: { ...template?.metadata?.labels, [useLabel]: "true" },
    annotations: template?.metadata?.annotations ?? {},
    namespaceLabels: namespaceLabelsOf(facts, source, namespace),
    account: { name: account.name, labels: found?.object.metadata.labels ?? {} },
    resolver: policy === "Default" || policy === "None" ? { kind: "other" } : clusterResolver(facts, source),
  };
}

const resolvers = perFacts(facts => {
  const bySource = new Map<SourceId, Resolver>();
  for (const { id } of facts.sources) {
    const pods = facts.objects.ofKind(id, "Pod").filter(isDNSPod);
    const service = facts.objects.find(id, "Service", dnsNamespace, "kube-dns")?.object.spec?.clusterIP;
    const addresses = [service, ...pods.map(pod => pod.object.status?.podIP)].flatMap(one => cidr(one) ?? []);
    bySource.set(id, {
      kind: "cluster",
      pods: pods.length > 0 ? pods.map(pod => pod.object.metadata.labels ?? {}) : [dnsLabels],
      namespaceLabels: namespaceLabelsOf(facts, id, dnsNamespace) ?? { "kubernetes.io/metadata.name": dnsNamespace },
      addresses: addresses.map(range => [range]),
    });
  }
  return bySource;
});

function isDNSPod({ ref, object }: FoundObject): boolean {
  return ref.namespace === dnsNamespace && object.metadata.labels?.["k8s-app"] === "kube-dns";
}

function clusterResolver(facts: Facts, source: SourceId): Resolver {
  return resolvers(facts).get(source) ?? { kind: "other" };
}
