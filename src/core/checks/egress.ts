import { adminPolicyKinds, adminRestriction } from "../egress/adminPolicies.ts";
import { calicoRestriction, needsTiers } from "../egress/calicoPolicies.ts";
import { ciliumRestriction } from "../egress/ciliumPolicies.ts";
import { detoursOf, proxyVariables } from "../egress/detours.ts";
import { isInIstio, isInLinkerd, istioRestriction, linkerdRestriction } from "../egress/meshes.ts";
import { networkPolicyRestriction } from "../egress/networkPolicies.ts";
import { type EgressPod, egressPod } from "../egress/pod.ts";
import { either, nothing, type Restriction } from "../egress/restriction.ts";
import { type EgressTarget, egressTarget, tokenProxyTarget } from "../egress/target.ts";
import { type Facts, isKnown } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isBound } from "../trust/backend.ts";
import { containersOf } from "../workloads/templateContainers.ts";
import type { Check, CheckedUsage } from "./check.ts";

/**
 * Whether the pods reach what gives out tokens: with pod identity 169.254.169.254 was enough, with workload identity they ask the
 * authority host themselves, with the proxy too, which is in the pod. What denies by default and does not provably allow blocks the switch.
 */
export const checkEgress: Check = checked => {
  const { facts, decisions, usage, template, decision, changes } = checked;
  // Policies are not for pods on the host's network.
  if (changes.length === 0 || template?.spec?.hostNetwork === true) return {};
  const about = { subject: usage.workload };
  const pod = egressPod(checked);
  const target = isBound(facts, decisions, usage) ? tokenProxyTarget : egressTarget(authorityOf(checked));
  const { host } = target;
  const restrictions = restrictionsOf(facts, pod, target);
  const policies = [...new Set(restrictions.flatMap(one => one.policies))];
  const unproven = restrictions.filter(({ reach }) => !(reach.https && reach.dns));
  const [reasons, switchBlocks, notChecked]: [Finding[], Finding[], Finding[]] = [[], [], []];
  const unread = unreadKinds(facts, pod);
  if (decision.egress === "accepted") {
    if (unproven.length > 0 || unread.length > 0) reasons.push(finding("egress-accepted", about, { host, policies }));
  } else {
    const missing = [
      ...(unproven.some(({ reach }) => !reach.https) ? [`${host} on port 443 (TCP)`] : []),
      ...(unproven.some(({ reach }) => !reach.dns) ? ["a name server on port 53 (UDP)"] : []),
    ];
    const named = [...new Set(unproven.flatMap(one => one.policies))];
    if (decisions.probePods && unproven.length + unread.length > 0) {
      reasons.push(finding("egress-to-be-probed", about, { policies: named, missing, kinds: unread, host }));
    } else if (unproven.length > 0) {
      switchBlocks.push(finding("egress-unproven", about, { policies: named, missing, host }));
    } else if (policies.length > 0) reasons.push(finding("egress-allowed", about, { host, policies }));
    if (unread.length > 0 && !decisions.probePods)
      notChecked.push(finding("egress-not-checked", about, { kinds: unread, host }));
  }
  const through = detoursOf(facts, pod);
  if (through.length > 0) reasons.push(finding("egress-rerouted", about, { through, host }));
  const { places, leavesOut } = proxyVariables(checked);
  if (places.length > 0) {
    const path = decision.clientPath;
    reasons.push(finding("egress-through-proxy", about, { places, leavesOut, host, path }));
  }
  return { reasons, switchBlocks, notChecked };
};

/** The engines that may stand in the way, each of which must let through. Kubernetes' own policies are Calico's where that has some. */
function restrictionsOf(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction[] {
  const calico = calicoRestriction(facts, pod, target);
  const kubernetes = calico ? undefined : networkPolicyRestriction(facts, pod, target);
  return [
    adminRestriction(facts, pod, target),
    calico,
    additive(kubernetes, ciliumRestriction(facts, pod, target)),
    istioRestriction(facts, pod, target),
    linkerdRestriction(facts, pod, target),
  ].filter(one => one !== undefined);
}

/** Where Cilium enforces both kinds, what either allows is allowed, unless Cilium's own deny it. */
function additive(
  kubernetes: Restriction | undefined,
  cilium: ReturnType<typeof ciliumRestriction>,
): Restriction | undefined {
  if (!cilium) return kubernetes;
  const isIsolated = cilium.isolates || kubernetes !== undefined;
  const allowed = isIsolated ? either(cilium.reach, kubernetes?.reach ?? nothing) : { https: true, dns: true };
  return {
    policies: [...(kubernetes?.policies ?? []), ...cilium.policies],
    reach: { https: allowed.https && !cilium.denied.https, dns: allowed.dns && !cilium.denied.dns },
  };
}

const calicoGroups = ["projectcalico.org", "crd.projectcalico.org"];
/** Kinds whose objects may be about a pod by the labels or annotations of its namespace. */
const byNamespaceLabels = [
  "Sidecar.networking.istio.io",
  "EgressNetwork.policy.linkerd.io",
  "CiliumClusterwideNetworkPolicy.cilium.io",
  ...adminPolicyKinds,
  ...["NetworkPolicy", "GlobalNetworkPolicy"].flatMap(kind => calicoGroups.map(group => `${kind}.${group}`)),
];

/** Kinds that the cluster has, that would matter, and that could not be read. */
function unreadKinds(facts: Facts, pod: EgressPod): string[] {
  const unread = (kind: string, namespace?: string) => !isKnown(facts, pod.source, kind, namespace);
  const isThere = (kind: string) => facts.objects.ofKind(pod.source, kind).length > 0;
  const calico = (kind: string, namespace?: string) => {
    const kinds = calicoGroups.map(group => `${kind}.${group}`);
    // Both groups show the same objects: what was seen of one is enough.
    return kinds.some(one => isThere(one) && !unread(one, namespace))
      ? []
      : kinds.filter(one => unread(one, namespace));
  };
  // A namespace that could not be read may put the pod into a mesh.
  const noNamespace = pod.namespaceLabels === undefined;
  return [
    ...(noNamespace && byNamespaceLabels.some(isThere) ? ["Namespace"] : []),
    ...["NetworkPolicy", "CiliumNetworkPolicy.cilium.io"].filter(kind => unread(kind, pod.namespace)),
    ...["CiliumClusterwideNetworkPolicy.cilium.io", ...adminPolicyKinds].filter(kind => unread(kind)),
    ...calico("NetworkPolicy", pod.namespace),
    ...calico("GlobalNetworkPolicy"),
    ...(needsTiers(facts, pod) ? calico("Tier") : []),
    ...(noNamespace || isInIstio(pod) ? ["Sidecar.networking.istio.io"].filter(kind => unread(kind)) : []),
    ...(noNamespace || isInLinkerd(facts, pod)
      ? ["EgressNetwork.policy.linkerd.io"].filter(kind => unread(kind, pod.namespace))
      : []),
  ];
}

/** What the template sets is what its pods ask; else the webhook sets the cloud's. */
function authorityOf({ facts, template }: CheckedUsage): string | undefined {
  const own = containersOf(template)
    .flatMap(({ env }) => env)
    .find(({ name, value }) => name === "AZURE_AUTHORITY_HOST" && value !== undefined);
  return own?.value ?? facts.azure.authorityHost;
}
