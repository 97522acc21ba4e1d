import { type Facts, nameOf } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import { all, matchesSelector } from "../labelSelector.ts";
import type { FoundObject } from "../model.ts";
import { records, strings } from "../workloads/templateContainers.ts";
import { type Addresses, blocksOf, covers } from "./addresses.ts";
import type { EgressPod } from "./pod.ts";
import { byNamespace, either, hasPort, type Reach, type Restriction } from "./restriction.ts";
import { dnsPort, type EgressTarget, httpsPort } from "./target.ts";

const everything: Addresses = [[0, 2 ** 32 - 1]];
const policiesIn = byNamespace("NetworkPolicy");

/** The NetworkPolicies that restrict the egress of a pod. Where a selector cannot be read (files), they count as restricting. */
export function networkPoliciesFor(facts: Facts, pod: EgressPod): readonly FoundObject[] {
  return policiesIn(facts, pod.source, pod.namespace).filter(
    ({ object: { spec } }) => restrictsEgress(spec) && matchesSelector(spec?.podSelector ?? {}, pod.labels) !== false,
  );
}

/**
 * What the NetworkPolicies of its namespace let a pod reach, as networking.k8s.io/v1 defines it: once one selects it for egress, what
 * no rule of any of them allows is denied. Undefined where none does.
 */
export function networkPolicyRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction | undefined {
  const policies = networkPoliciesFor(facts, pod);
  if (policies.length === 0) return undefined;
  const readable = policies.filter(({ object: { spec } }) => matchesSelector(spec?.podSelector ?? {}, pod.labels));
  return { policies: policies.map(one => nameOf(one.ref)), reach: networkPolicyReach(readable, pod, target) };
}

/** What the rules of these policies allow together. */
export function networkPolicyReach(policies: readonly FoundObject[], pod: EgressPod, target: EgressTarget): Reach {
  const rules = policies.flatMap(({ object: { spec } }) => records(spec?.egress));
  const https = rules.filter(rule => hasPort(rule.ports, httpsPort));
  const dns = rules.filter(rule => hasPort(rule.ports, dnsPort));
  const open = (some: readonly Record<string, unknown>[]) => some.some(hasNoPeers);
  return either(
    { https: open(https), dns: open(dns) },
    {
      https: covers(addressesOf(https), target.addresses),
      dns: reachesResolver(dns, pod),
    },
  );
}

/** Without `policyTypes` a policy is about egress where it has egress rules (the server fills that in). */
function restrictsEgress(spec: FoundObject["object"]["spec"]): boolean {
  const types = spec?.policyTypes;
  if (Array.isArray(types) && types.length > 0) return types.includes("Egress");
  return Array.isArray(spec?.egress) && spec.egress.length > 0;
}

function hasNoPeers({ to }: Record<string, unknown>): boolean {
  return to === undefined || to === null || (Array.isArray(to) && to.length === 0);
}

function addressesOf(rules: readonly Record<string, unknown>[]): Addresses {
  return blocksOf(
    rules
      .flatMap(({ to }) => records(to))
      .flatMap(({ ipBlock }) => (isRecord(ipBlock) ? [{ cidr: ipBlock.cidr, except: strings(ipBlock.except) }] : [])),
  );
}

/** Peers that are pods are matched against those of the cluster's DNS, blocks against its addresses. */
function reachesResolver(rules: readonly Record<string, unknown>[], { resolver, namespace }: EgressPod): boolean {
  const addresses = addressesOf(rules);
  if (covers(addresses, everything)) return true;
  if (resolver.kind === "other") return false;
  if (resolver.addresses.some(one => covers(addresses, one))) return true;
  const peers = rules.flatMap(({ to }) => records(to)).filter(({ ipBlock }) => !isRecord(ipBlock));
  return peers.some(({ namespaceSelector, podSelector }) => {
    const inNamespace =
      namespaceSelector === undefined || namespaceSelector === null
        ? namespace === "kube-system"
        : matchesSelector(namespaceSelector, resolver.namespaceLabels);
    return resolver.pods.some(labels => all([inNamespace, matchesSelector(podSelector ?? {}, labels)]) === true);
  });
}
