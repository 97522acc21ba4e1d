import { glob } from "../glob.ts";
import { isRecord } from "../kubernetes.ts";
import { matchesSelector } from "../labelSelector.ts";
import { records, strings } from "../workloads/templateContainers.ts";
import { type Addresses, blocksOf, covers, overlaps } from "./addresses.ts";
import { ciliumLabels, withoutSources } from "./ciliumLabels.ts";
import type { EgressPod } from "./pod.ts";
import type { Reach } from "./restriction.ts";
import { dnsPort, type EgressTarget, httpsPort } from "./target.ts";

type Rule = Record<string, unknown>;

const destinations = [
  "toEndpoints",
  "toCIDR",
  "toCIDRSet",
  "toEntities",
  "toFQDNs",
  "toServices",
  "toGroups",
  "toNodes",
  "toRequires",
];

/** What the `egress` rules of Cilium's policies allow together. */
export function ciliumReach(rules: readonly Rule[], pod: EgressPod, target: EgressTarget): Reach {
  const https = rules.filter(rule => portsAllow(rule, httpsPort, target.host));
  const dns = rules.filter(rule => portsAllow(rule, dnsPort, target.host));
  const names = https.some(({ toFQDNs }) => records(toFQDNs).some(one => isNamed(one, target.host)));
  return {
    https:
      https.some(rule => isAnywhere(rule) || hasEntity(rule, ["world", "world-ipv4", "all"])) ||
      covers(addressesOf(https), target.addresses) ||
      // Cilium learns the addresses of a name from answers that its DNS proxy sees, and only from those.
      (names && rules.some(rule => seesNames(rule, target.host))),
    dns: dns.some(rule => isAnywhere(rule) || reachesResolver(rule, pod)),
  };
}

/** What `egressDeny` rules forbid, also where it is only a part. */
export function ciliumDenies(rules: readonly Rule[], pod: EgressPod, target: EgressTarget): Reach {
  const denied = (wanted: typeof httpsPort | typeof dnsPort) => rules.filter(rule => hasCiliumPort(rule, wanted));
  const https = denied(httpsPort);
  return {
    https:
      https.some(rule => isAnywhere(rule) || hasEntity(rule, ["world", "world-ipv4", "all"])) ||
      overlaps(addressesOf(https), target.addresses),
    dns: denied(dnsPort).some(rule => isAnywhere(rule) || reachesResolver(rule, pod)),
  };
}

/** Only ports: any destination. Nothing at all: none. */
function isAnywhere(rule: Rule): boolean {
  return rule.toPorts !== undefined && destinations.every(key => rule[key] === undefined || rule[key] === null);
}

function hasEntity({ toEntities }: Rule, entities: readonly string[]): boolean {
  return strings(toEntities).some(one => entities.includes(one));
}

function addressesOf(rules: readonly Rule[]): Addresses {
  return blocksOf(
    rules.flatMap(({ toCIDR, toCIDRSet }) => [
      ...strings(toCIDR).map(one => ({ cidr: one, except: [] })),
      ...records(toCIDRSet).map(one => ({ cidr: one.cidr, except: strings(one.except) })),
    ]),
  );
}

/** CIDR rules do not match pods that Cilium manages, so that only selectors and entities reach the cluster's own DNS. */
function reachesResolver(rule: Rule, { resolver }: EgressPod): boolean {
  if (hasEntity(rule, ["all"])) return true;
  if (resolver.kind === "other")
    return hasEntity(rule, ["world", "world-ipv4"]) || covers(addressesOf([rule]), [[0, 2 ** 32 - 1]]);
  if (hasEntity(rule, ["cluster"])) return true;
  const service = records(rule.toServices).some(
    ({ k8sService }) =>
      isRecord(k8sService) && k8sService.serviceName === "kube-dns" && k8sService.namespace === "kube-system",
  );
  if (service) return true;
  return records(rule.toEndpoints).some(selector =>
    resolver.pods.some(labels => {
      const dns = ciliumLabels({ labels, namespace: "kube-system", namespaceLabels: resolver.namespaceLabels });
      return matchesSelector(withoutSources(selector), dns) === true;
    }),
  );
}

function hasCiliumPort({ toPorts }: Rule, wanted: typeof httpsPort | typeof dnsPort): boolean {
  if (toPorts === undefined || toPorts === null) return true;
  return records(toPorts).some(entry => entryHasPort(entry, wanted));
}

/** Ports with rules of layer 7 allow what these name; only those for names can be judged here. */
function portsAllow({ toPorts }: Rule, wanted: typeof httpsPort | typeof dnsPort, host: string): boolean {
  if (toPorts === undefined || toPorts === null) return true;
  return records(toPorts).some(entry => {
    if (!entryHasPort(entry, wanted)) return false;
    const { rules, serverNames, terminatingTLS } = entry;
    if (terminatingTLS !== undefined) return false;
    if (Array.isArray(serverNames) && serverNames.length > 0 && !strings(serverNames).some(one => fits(one, host)))
      return false;
    if (!isRecord(rules) || Object.keys(rules).length === 0) return true;
    return wanted.port === 53 && records(rules.dns).some(one => isNamed(one, host));
  });
}

function seesNames({ toPorts }: Rule, host: string): boolean {
  return records(toPorts).some(({ rules }) => isRecord(rules) && records(rules.dns).some(one => isNamed(one, host)));
}

function entryHasPort({ ports }: Rule, wanted: typeof httpsPort | typeof dnsPort): boolean {
  if (ports === undefined) return true;
  return records(ports).some(({ port, endPort, protocol = "ANY" }) => {
    const number = Number(port);
    if (protocol !== "ANY" && String(protocol).toUpperCase() !== wanted.protocol) return false;
    if (number === 0) return true;
    return typeof endPort === "number" && endPort > 0
      ? number <= wanted.port && wanted.port <= endPort
      : number === wanted.port;
  });
}

function isNamed({ matchName, matchPattern }: Rule, host: string): boolean {
  return (
    (typeof matchName === "string" && matchName.toLowerCase().replace(/\.$/, "") === host) ||
    (typeof matchPattern === "string" && fits(matchPattern, host))
  );
}

/** Cilium, pkg/fqdn/matchpattern: a single asterisk is everything, one in a pattern stays within a label, two at the front do not. */
function fits(pattern: string, host: string): boolean {
  const text = pattern.toLowerCase().replace(/\.$/, "");
  if (text === "*" || text.length > 253) return text === "*";
  const parts = text.split(".");
  const labels = host.split(".");
  if (parts[0] === "**")
    return (
      labels.length > parts.length - 1 &&
      parts.slice(1).every((part, index) => glob(part)(labels.at(index - parts.length + 1) ?? ""))
    );
  return parts.length === labels.length && parts.every((part, index) => glob(part)(labels[index] ?? ""));
}
