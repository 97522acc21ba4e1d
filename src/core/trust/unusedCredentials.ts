import type { Account } from "../accounts/roleBindings.ts";
import { clusterSource, type Facts, isKnown, principalFacts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { type PodSpec, serviceAccountOf } from "../kubernetes.ts";
import type { FederatedCredential, SourceId } from "../model.ts";
import { compare } from "../order.ts";
import { perFacts } from "../perFacts.ts";
import { workloadKinds, workloadsOf } from "../workloads/workloads.ts";
import { accountOfSubject } from "./trusts.ts";

/** Names of credentials that nothing in this run's clusters needs. */
export interface Unused {
  /** Their service account does not exist. */
  missing: string[];
  /** No pod template runs as their service account. */
  idle: string[];
}

/**
 * Which credentials of these principals no workload needs, by principal. Of issuers that are none of this run's clusters, and
 * of what could not be read, nothing is said. `chosen`: accounts that the run gives to workloads, which run as them later.
 */
export function unusedCredentials(
  facts: Facts,
  principals: Iterable<string>,
  chosen: readonly ClusterAccount[],
): Map<string, Unused> {
  const issuers = new Map<string, SourceId>();
  for (const { id } of facts.sources) {
    const issuer = clusterSource(facts, id)?.issuer;
    if (issuer !== undefined) issuers.set(issuer, id);
  }
  const given = new Set(chosen.map(accountKey));
  const unused = new Map<string, Unused>();
  for (const principal of new Set(principals)) {
    const found: Unused = { missing: [], idle: [] };
    for (const credential of principalFacts(facts, principal)?.credentials ?? []) {
      const account = accountIn(issuers, credential);
      if (!account || given.has(accountKey(account))) continue;
      const use = useOf(facts, account);
      if (use !== "used") found[use].push(credential.name);
    }
    if (found.missing.length + found.idle.length === 0) continue;
    unused.set(principal, { missing: found.missing.sort(compare), idle: found.idle.sort(compare) });
  }
  return unused;
}

/** Told once for each principal: it is nobody's workload. */
export function unusedFindings(unused: ReadonlyMap<string, Unused>): Finding[] {
  return [...unused].map(([principal, names]) => finding("credential-unused", {}, { principal, ...names }));
}

/** A service account of a cluster. */
export interface ClusterAccount extends Account {
  source: SourceId;
}

function accountKey({ source, namespace, name }: ClusterAccount): string {
  return `${source}\n${namespace}\n${name}`;
}

function accountIn(
  issuers: ReadonlyMap<string, SourceId>,
  credential: FederatedCredential,
): ClusterAccount | undefined {
  const source = issuers.get(credential.issuer);
  const account = source === undefined ? undefined : accountOfSubject(credential.subject);
  return source === undefined || account === undefined ? undefined : { source, ...account };
}

function useOf(facts: Facts, account: ClusterAccount): "used" | keyof Unused {
  const { source, namespace, name } = account;
  if (!isKnown(facts, source, "ServiceAccount", namespace)) return "used";
  if (!facts.objects.find(source, "ServiceAccount", namespace, name)) return "missing";
  const areKnown = [...workloadKinds, "Pod"].every(kind => isKnown(facts, source, kind, namespace));
  return areKnown && !accountsInUse(facts).has(accountKey(account)) ? "idle" : "used";
}

/** The accounts that pod templates name. */
const accountsInUse = perFacts(
  (facts): ReadonlySet<string> =>
    new Set(
      facts.sources.flatMap(({ id }) =>
        workloadsOf(facts, id).flatMap(({ found: { ref }, templates, pods }) =>
          [...templates.map(({ spec }) => spec), ...pods.map(({ object }) => object.spec as PodSpec | undefined)].map(
            spec => accountKey({ source: id, namespace: ref.namespace ?? "default", name: serviceAccountOf(spec) }),
          ),
        ),
      ),
    ),
);
