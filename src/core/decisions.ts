import type { WorkloadDecision } from "./documents/decisions.ts";
import { type Finding, finding } from "./findings/codes.ts";
import { kindKey } from "./kubernetes.ts";
import type { ClientPath, Decisions, Usage } from "./model.ts";
import { compare } from "./order.ts";

/** The key of a workload in the config file: `shop/Deployment/cart`. */
export function decisionKey({ workload }: Pick<Usage, "workload">): string {
  return `${workload.namespace ?? ""}/${kindKey(workload)}/${workload.name}`;
}

/** What is decided for this workload: its own entry, and for what that leaves open the decision for all. */
export function decisionFor(
  decisions: Decisions,
  usage: Pick<Usage, "workload">,
): Omit<WorkloadDecision, "clientPath" | "serviceAccount" | "proxyPort"> & {
  clientPath: ClientPath;
  proxyPort: number;
  serviceAccount: Decisions["serviceAccount"];
} {
  const { clientPath, proxyPort, serviceAccount, live, workloads } = decisions;
  const own = workloads && ownDecision(workloads, decisionKey(usage));
  return { clientPath, proxyPort, serviceAccount, ...(live === undefined ? {} : { live }), ...own };
}

function ownDecision(workloads: NonNullable<Decisions["workloads"]>, key: string): WorkloadDecision | undefined {
  return Object.hasOwn(workloads, key) ? workloads[key] : undefined;
}

type IdentityDecisions = NonNullable<Decisions["identities"]>;
const byClientID = new WeakMap<IdentityDecisions, ReadonlyMap<string, IdentityDecisions[string]>>();

/** What is decided for an identity. A client id has no case; it is asked for several times for every workload. */
export function decisionForIdentity(
  { identities }: Pick<Decisions, "identities">,
  clientID: string,
): IdentityDecisions[string] {
  if (identities === undefined) return {};
  const found =
    byClientID.get(identities) ??
    new Map(Object.entries(identities).map(([key, decision]) => [key.toLowerCase(), decision]));
  byClientID.set(identities, found);
  return found.get(clientID.toLowerCase()) ?? {};
}

/** Entries that decide about nobody who was found: misspelled, or another cluster's. */
export function decisionsWithoutSubject(decisions: Decisions, usages: readonly Usage[]): Finding[] {
  const workloads = new Set(usages.map(decisionKey));
  const clientIDs = new Set(usages.flatMap(usage => usage.identities.map(({ clientID }) => clientID.toLowerCase())));
  const keys = [
    ...Object.keys(decisions.workloads ?? {}).filter(key => !workloads.has(key)),
    ...Object.keys(decisions.identities ?? {}).filter(key => !clientIDs.has(key.toLowerCase())),
  ];
  return keys.length === 0 ? [] : [finding("decision-without-subject", {}, { keys: keys.sort(compare) })];
}

/** Whether people have said that this object was seen to; `name` as the finding names it. */
export function isCovered(decision: Pick<WorkloadDecision, "covered">, name: string): boolean {
  return decision.covered?.includes(name) ?? false;
}
