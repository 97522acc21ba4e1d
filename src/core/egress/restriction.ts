import type { Facts } from "../facts.ts";
import type { FoundObject } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { records } from "../workloads/templateContainers.ts";

/** What is proven to be open. */
export interface Reach {
  https: boolean;
  dns: boolean;
}

/** What policies of one engine let a pod reach. */
export interface Restriction {
  /** Names of the policies that restrict it. */
  policies: string[];
  reach: Reach;
}

export const nothing: Reach = { https: false, dns: false };

export function either(a: Reach, b: Reach): Reach {
  return { https: a.https || b.https, dns: a.dns || b.dns };
}

/** Whether a list of ports as NetworkPolicy writes it has this one. Names are those of pods' ports, which no external host has. */
export function hasPort(ports: unknown, wanted: { port: number; protocol: string }): boolean {
  const entries = records(ports);
  if (entries.length === 0)
    return ports === undefined || ports === null || (Array.isArray(ports) && ports.length === 0);
  return entries.some(({ port, endPort, protocol = "TCP" }) => {
    if (protocol !== wanted.protocol) return false;
    if (port === undefined || port === null) return true;
    // The DNS pods of AKS and of kubeadm call theirs so.
    if (typeof port === "string") return port === "dns" && wanted.port === 53;
    if (typeof port !== "number") return false;
    return typeof endPort === "number" ? port <= wanted.port && wanted.port <= endPort : port === wanted.port;
  });
}

/** The objects of a kind by source and namespace: policies are asked for once a workload. */
export function byNamespace(
  kind: string,
): (facts: Facts, source: string, namespace: string | undefined) => readonly FoundObject[] {
  const index = perFacts(facts => {
    const namespaces = new Map<string, FoundObject[]>();
    for (const { id } of facts.sources) {
      for (const found of facts.objects.ofKind(id, kind)) {
        const key = `${id}\n${found.ref.namespace ?? ""}`;
        const list = namespaces.get(key);
        if (list) list.push(found);
        else namespaces.set(key, [found]);
      }
    }
    return namespaces;
  });
  return (facts, source, namespace) => index(facts).get(`${source}\n${namespace ?? ""}`) ?? [];
}
