import { type Facts, nameOf } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import { all, matchesSelector } from "../labelSelector.ts";
import { records, strings } from "../workloads/templateContainers.ts";
import { blocksOf, covers, overlaps } from "./addresses.ts";
import type { EgressPod } from "./pod.ts";
import { byNamespace, type Restriction } from "./restriction.ts";
import { dnsPort, type EgressTarget, httpsPort } from "./target.ts";

/** Kinds of policy.networking.k8s.io, as they are called where objects are looked up. */
export const adminPolicyKinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"] as const;
const policiesOf = adminPolicyKinds.map(byNamespace);

type Fields = Record<string, unknown>;

/**
 * What the policies of a cluster's administrators may deny a pod. Which rule comes first is not followed: what one of them denies
 * is not proven to be open, whatever another one allows. What cannot be read of a rule counts as meant.
 */
export function adminRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction | undefined {
  const denying = policiesOf
    .flatMap(policies => policies(facts, pod.source, undefined))
    .filter(({ object: { spec } }) => selects(spec?.subject, pod) !== false)
    .map(({ ref, object: { spec } }) => {
      const rules = records(spec?.egress).filter(({ action }) => action === "Deny");
      const peersOf = (wanted: typeof httpsPort | typeof dnsPort) =>
        rules.filter(rule => mayHavePort(rule, wanted)).flatMap(({ to }) => records(to));
      return {
        name: nameOf(ref),
        https: overlaps(addressesOf(peersOf(httpsPort)), target.addresses),
        dns: mayMeanResolver(peersOf(dnsPort), pod),
      };
    })
    .filter(({ https, dns }) => https || dns);
  if (denying.length === 0) return undefined;
  return {
    policies: denying.map(({ name }) => name),
    reach: { https: !denying.some(({ https }) => https), dns: !denying.some(({ dns }) => dns) },
  };
}

/** A subject or a peer: namespaces by their labels, or pods by theirs and their namespaces'. */
function selects(
  one: unknown,
  { labels, namespaceLabels }: Pick<EgressPod, "labels" | "namespaceLabels">,
): boolean | undefined {
  if (!isRecord(one)) return undefined;
  const { namespaces, pods } = one;
  const inNamespace = (selector: unknown) => (namespaceLabels ? matchesSelector(selector, namespaceLabels) : undefined);
  if (isRecord(pods)) return all([inNamespace(pods.namespaceSelector), matchesSelector(pods.podSelector, labels)]);
  return namespaces === undefined ? false : inNamespace(namespaces);
}

function mayHavePort({ ports }: Fields, { port, protocol }: typeof httpsPort | typeof dnsPort): boolean {
  if (ports === undefined || ports === null) return true;
  return records(ports).some(({ portNumber, portRange }) => {
    if (isRecord(portNumber)) return portNumber.port === port && (portNumber.protocol ?? "TCP") === protocol;
    if (!isRecord(portRange)) return true;
    const isWithin = Number(portRange.start) <= port && port <= Number(portRange.end);
    return isWithin && (portRange.protocol ?? "TCP") === protocol;
  });
}

function addressesOf(peers: readonly Fields[]) {
  return blocksOf(peers.flatMap(({ networks }) => strings(networks).map(cidr => ({ cidr, except: [] }))));
}

function mayMeanResolver(peers: readonly Fields[], { resolver }: EgressPod): boolean {
  const addresses = addressesOf(peers);
  if (covers(addresses, [[0, 2 ** 32 - 1]])) return true;
  if (resolver.kind === "other") return addresses.length > 0;
  const { namespaceLabels } = resolver;
  return (
    resolver.addresses.some(one => overlaps(addresses, one)) ||
    peers.some(peer => resolver.pods.some(labels => selects(peer, { labels, namespaceLabels }) !== false))
  );
}
