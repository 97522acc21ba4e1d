import { type Facts, nameOf } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import { matchesSelector } from "../labelSelector.ts";
import type { FoundObject } from "../model.ts";
import { records, strings } from "../workloads/templateContainers.ts";
import { blocksOf, overlaps } from "./addresses.ts";
import type { EgressPod } from "./pod.ts";
import { byNamespace, type Restriction } from "./restriction.ts";
import type { EgressTarget } from "./target.ts";

/** Istio's own root namespace and that of the AKS add-on. */
const istioRoots = ["istio-system", "aks-istio-system"];
const sidecarsIn = byNamespace("Sidecar.networking.istio.io");
const egressNetworksIn = byNamespace("EgressNetwork.policy.linkerd.io");

/** Whether Istio takes the pod's traffic: what its namespace says holds until the pod says otherwise. */
export function isInIstio({ labels, annotations, namespaceLabels = {} }: EgressPod): boolean {
  const own = labels["sidecar.istio.io/inject"] ?? annotations["sidecar.istio.io/inject"];
  if (own !== undefined) return own === "true";
  return namespaceLabels["istio-injection"] === "enabled" || namespaceLabels["istio.io/rev"] !== undefined;
}

/**
 * Where a Sidecar object says REGISTRY_ONLY, only hosts of the registry are reached: those that a ServiceEntry names and exports to
 * the namespace. The Sidecar that selects the pod goes before that of the namespace, and that before the root namespace's. What the
 * mesh's own configuration says is in a ConfigMap and is not read.
 */
export function istioRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction | undefined {
  const sidecar = isInIstio(pod) ? sidecarFor(facts, pod) : undefined;
  const policy = sidecar?.object.spec?.outboundTrafficPolicy;
  if (!sidecar || !isRecord(policy) || policy.mode !== "REGISTRY_ONLY") return undefined;
  const imports = records(sidecar.object.spec?.egress).flatMap(one => strings(one.hosts));
  const https = facts.objects
    .ofKind(pod.source, "ServiceEntry.networking.istio.io")
    .some(entry => names(entry, target) && isExported(entry, pod.namespace) && isImported(entry, imports, pod, target));
  return { policies: [nameOf(sidecar.ref)], reach: { https, dns: true } };
}

function sidecarFor(facts: Facts, pod: EgressPod): FoundObject | undefined {
  const own = sidecarsIn(facts, pod.source, pod.namespace);
  const selecting = own.find(({ object: { spec } }) => {
    const selector = isRecord(spec?.workloadSelector) ? spec.workloadSelector : undefined;
    return selector !== undefined && matchesSelector({ matchLabels: selector.labels }, pod.labels) === true;
  });
  const isForAll = ({ object: { spec } }: FoundObject) => !isRecord(spec?.workloadSelector);
  const ofRoot = istioRoots.flatMap(root => sidecarsIn(facts, pod.source, root));
  return selecting ?? own.find(isForAll) ?? ofRoot.find(isForAll);
}

function names({ object: { spec } }: FoundObject, { host }: EgressTarget): boolean {
  const ports = records(spec?.ports).map(one => one.number);
  return ports.includes(443) && strings(spec?.hosts).some(one => isHost(one, host));
}

function isExported({ object: { spec }, ref }: FoundObject, namespace: string): boolean {
  const to = strings(spec?.exportTo);
  return (
    to.length === 0 || to.some(one => one === "*" || one === namespace || (one === "." && ref.namespace === namespace))
  );
}

/** `NAMESPACE/HOST`, each also `*`, the namespace also `.`; a Sidecar without `egress` imports everything. */
function isImported(entry: FoundObject, imports: readonly string[], pod: EgressPod, { host }: EgressTarget): boolean {
  if (imports.length === 0) return true;
  return imports.some(one => {
    const [namespace = "", name = ""] = one.split("/");
    const from =
      namespace === "*" ||
      namespace === entry.ref.namespace ||
      (namespace === "." && entry.ref.namespace === pod.namespace);
    return from && isHost(name, host);
  });
}

function isHost(pattern: string, host: string): boolean {
  return (
    pattern === "*" ||
    pattern.toLowerCase() === host ||
    (pattern.startsWith("*.") && host.endsWith(pattern.slice(1).toLowerCase()))
  );
}

/** Whether Linkerd takes the pod's traffic: its annotation is on the pod, or else on the namespace. */
export function isInLinkerd(facts: Facts, { annotations, source, namespace }: EgressPod): boolean {
  const own = annotations["linkerd.io/inject"];
  const ofNamespace = facts.objects.find(source, "Namespace", undefined, namespace)?.object.metadata.annotations?.[
    "linkerd.io/inject"
  ];
  const value = own ?? ofNamespace;
  return value === "enabled" || value === "ingress";
}

/** An EgressNetwork of Linkerd with the traffic policy Deny lets through only what routes name, which are not read. */
export function linkerdRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction | undefined {
  if (!isInLinkerd(facts, pod)) return undefined;
  const networks = [pod.namespace, "linkerd-egress"].flatMap(one => egressNetworksIn(facts, pod.source, one));
  const denying = networks.filter(({ object: { spec } }) => spec?.trafficPolicy === "Deny" && isAbout(spec, target));
  if (denying.length === 0) return undefined;
  return { policies: [...new Set(denying.map(one => nameOf(one.ref)))], reach: { https: false, dns: true } };
}

/** Without `networks` it is all that is outside of the cluster. */
function isAbout(spec: Record<string, unknown>, { addresses }: EgressTarget): boolean {
  const networks = records(spec.networks);
  return (
    networks.length === 0 ||
    overlaps(blocksOf(networks.map(one => ({ cidr: one.cidr, except: strings(one.except) }))), addresses)
  );
}
