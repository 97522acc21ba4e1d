import { isRecord } from "../kubernetes.ts";
import { all, not } from "../labelSelector.ts";
import { records, strings } from "../workloads/templateContainers.ts";
import { type Addresses, cidr, covers, overlaps, union } from "./addresses.ts";
import { calicoSelector } from "./calicoSelector.ts";
import type { EgressPod } from "./pod.ts";
import { clusterAddresses, dnsPort, type EgressTarget, httpsPort } from "./target.ts";

type Rule = Record<string, unknown>;
/** What a list of rules says first of a destination; undefined where none of them is about it. */
export type Said = "allow" | "deny" | "pass" | undefined;
type Wanted = "https" | "dns";

/** Goes through Calico's rules in order. One that may be about the destination, and does not allow it, ends in "deny". */
export function saidByRules(rules: readonly Rule[], wanted: Wanted, pod: EgressPod, target: EgressTarget): Said {
  for (const rule of rules) {
    const isAbout = isAboutDestination(rule, wanted, pod, target);
    const action = String(rule.action);
    if (isAbout === false || action === "Log") continue;
    if (isAbout === undefined) {
      // Allowing a part proves nothing and forbids nothing.
      if (action === "Allow") continue;
      return "deny";
    }
    return action === "Allow" ? "allow" : action === "Pass" ? "pass" : "deny";
  }
  return undefined;
}

function isAboutDestination(rule: Rule, wanted: Wanted, pod: EgressPod, target: EgressTarget): boolean | undefined {
  const { protocol, notProtocol, ipVersion, source, http } = rule;
  const { port, protocol: needed } = wanted === "https" ? httpsPort : dnsPort;
  const destination = isRecord(rule.destination) ? rule.destination : {};
  return all([
    ipVersion === undefined || ipVersion === 4,
    protocol === undefined || isProtocol(protocol, needed),
    notProtocol === undefined || !isProtocol(notProtocol, needed),
    isRecord(source) && Object.keys(source).length > 0 ? undefined : true,
    http === undefined ? true : undefined,
    isOfPort(destination.ports ?? [], port),
    destination.notPorts === undefined || !hasPort(destination.notPorts, port),
    ...(wanted === "https" ? hostParts(destination, target) : resolverParts(destination, pod)),
  ]);
}

function isProtocol(protocol: unknown, needed: "TCP" | "UDP"): boolean {
  return typeof protocol === "number"
    ? protocol === (needed === "TCP" ? 6 : 17)
    : String(protocol).toUpperCase() === needed;
}

/** An empty list is any port. */
function isOfPort(ports: unknown, wanted: number): boolean | undefined {
  return Array.isArray(ports) ? ports.length === 0 || hasPort(ports, wanted) : undefined;
}

/** Numbers, ranges as `80:443`, and names of pods' ports. */
function hasPort(ports: unknown, wanted: number): boolean {
  if (!Array.isArray(ports)) return false;
  return ports.some((port: unknown) => {
    const [first, last = first] = String(port).split(":");
    if (/^\d+$/.test(first ?? "")) return Number(first) <= wanted && wanted <= Number(last);
    return wanted === 53 && port === "dns";
  });
}

const ofEndpoints = ["selector", "notSelector", "namespaceSelector", "serviceAccounts", "services"];

function hostParts(destination: Rule, target: EgressTarget): (boolean | undefined)[] {
  const parts = netParts(destination, target.addresses);
  const { domains } = destination;
  if (Array.isArray(domains) && domains.length > 0) {
    parts.push(strings(domains).some(domain => isDomain(domain.toLowerCase(), target.host)));
  }
  const named = ofEndpoints.filter(key => isSaid(destination[key]));
  // A selector may select a network set, which can hold any address; the other ways to name endpoints cannot.
  if (named.some(key => key === "serviceAccounts" || key === "services" || key === "namespaceSelector"))
    parts.push(false);
  else if (named.length > 0) parts.push(undefined);
  return parts;
}

function netParts({ nets, notNets }: Rule, addresses: Addresses): (boolean | undefined)[] {
  const parts: (boolean | undefined)[] = [];
  if (Array.isArray(nets) && nets.length > 0) {
    const set = union(strings(nets).map(one => cidr(one) ?? []));
    parts.push(covers(set, addresses) ? true : overlaps(set, addresses) ? undefined : false);
  }
  if (Array.isArray(notNets) && notNets.length > 0) {
    const set = union(strings(notNets).map(one => cidr(one) ?? []));
    parts.push(covers(set, addresses) ? false : overlaps(set, addresses) ? undefined : true);
  }
  return parts;
}

function resolverParts(destination: Rule, { resolver, namespace }: EgressPod): (boolean | undefined)[] {
  if (strings(destination.domains).length > 0) return [false];
  if (resolver.kind === "other") {
    return ofEndpoints.some(key => isSaid(destination[key])) ? [undefined] : netParts(destination, [[0, 2 ** 32 - 1]]);
  }
  const { services } = destination;
  if (isRecord(services)) return [services.name === "kube-dns" && (services.namespace ?? namespace) === "kube-system"];
  const addresses = resolver.addresses.length > 0 ? union(resolver.addresses) : clusterAddresses;
  const nets = Array.isArray(destination.nets) || Array.isArray(destination.notNets);
  const parts: (boolean | undefined)[] = nets ? netParts(destination, addresses) : [];
  const { selector, notSelector, namespaceSelector, serviceAccounts } = destination;
  if (isSaid(serviceAccounts)) parts.push(undefined);
  const labels = {
    ...resolver.pods[0],
    "projectcalico.org/namespace": "kube-system",
    "projectcalico.org/orchestrator": "k8s",
  };
  if (isSaid(selector)) parts.push(calicoSelector(selector)(labels));
  if (isSaid(notSelector)) parts.push(not(calicoSelector(notSelector)(labels)));
  if (isSaid(namespaceSelector)) {
    const own = { ...resolver.namespaceLabels, "projectcalico.org/name": "kube-system" };
    parts.push(calicoSelector(namespaceSelector)(own));
  }
  return parts;
}

function isSaid(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || isRecord(value) || records(value).length > 0;
}

function isDomain(pattern: string, host: string): boolean {
  return pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}
