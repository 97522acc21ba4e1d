import type { Fleet } from "./documents/fleet.ts";
import { contentHash } from "./documents/hash.ts";
import type { Plan } from "./documents/plan.ts";
import { idByAddress } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import type { FederatedCredential, SourceId } from "./model.ts";
import { compare } from "./order.ts";
import type { Judgement } from "./reports.ts";
import { type Budget, budgetsOf, type Claim, isExceeded } from "./trust/budget.ts";
import { claimsOfMappings, existingFor } from "./trust/withinBudget.ts";

/**
 * Joins plans of different clusters, in whatever order they come. It only counts: what does not fit is a finding, for people to
 * decide and plan again.
 */
export function fleetDocument(plans: readonly Plan[], toolVersion: string): Fleet {
  const sorted = [...plans].sort((a, b) => compare(firstCluster(a), firstCluster(b)));
  const counted = budgetsOf(sorted.flatMap(claimsOf), credentialsSeen(sorted));
  const budgets = [...counted.values()].sort((a, b) => compare(a.principal, b.principal));
  const budget = budgets.map(({ principal, existing, planned, limit }) => ({ principal, existing, planned, limit }));
  const findings = [
    ...budgets.filter(isExceeded).map(one => exceeded(one, sorted)),
    ...unreadPrincipals(sorted),
    ...unreadClusters(sorted),
  ] as Fleet["findings"];
  const fleet: Omit<Fleet, "contentHash"> = {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "Fleet",
    toolVersion,
    plans: sorted,
    budget,
    findings,
  };
  return { ...fleet, contentHash: fleetHash(fleet) };
}

/** The hash that a fleet must carry: over its plans, each by its own hash, and the budget. */
export function fleetHash({ plans, budget }: Pick<Fleet, "plans" | "budget">): string {
  return contentHash({ plans: plans.map(plan => plan.contentHash), budget });
}

/** How a plan is called among others: its clusters' contexts. */
export function planName(plan: Plan): string {
  return plan.sources.map(source => (source.type === "cluster" ? source.context : source.path)).join(", ");
}

function claimsOf({ usages, mappings }: Plan): Claim[] {
  return claimsOfMappings(
    mappings,
    usages.map(({ id, source, workload }) => ({ ...workload, id, source })),
  );
}

/** What any of the plans saw of each principal. */
function credentialsSeen(plans: readonly Pick<Plan, "principals">[]): Map<string, FederatedCredential[]> {
  const seen = new Map<string, FederatedCredential[]>();
  for (const { principals } of plans)
    for (const { id, credentials } of principals) seen.set(id, [...(seen.get(id) ?? []), ...credentials]);
  return seen;
}

/**
 * Usages of a fleet that must not get new credentials, because all of them together do not fit as things are now; only those that
 * are about to be carried out are counted.
 */
export function refusedByBudget(
  judgements: readonly Judgement[],
  carriedOut: ReadonlySet<string>,
): { usage: string; differences: string[] }[] {
  const claims: Claim[] = [];
  const existing = new Map<string, FederatedCredential[]>();
  for (const { facts, found, mapped } of judgements) {
    const usages = found.usages.map(({ id, workload }) => ({ ...workload, id }));
    const own = claimsOfMappings(mapped.mappings, usages).filter(({ usage }) => carriedOut.has(usage));
    claims.push(...own);
    for (const [id, credentials] of existingFor(facts, own))
      existing.set(id, [...(existing.get(id) ?? []), ...credentials]);
  }
  const refused = new Map<string, string[]>();
  for (const budget of budgetsOf(claims, existing).values()) {
    if (!isExceeded(budget)) continue;
    const { principal, existing, planned, limit, needing, fitting } = budget;
    const difference = `credential-budget-exceeded: over the fleet, ${principal} would have ${existing + planned} of at most ${limit} credentials; decide in the config file, plan and merge again`;
    const fits = new Set(fitting);
    for (const usage of needing) {
      if (!fits.has(usage)) refused.set(usage, [...(refused.get(usage) ?? []), difference]);
    }
  }
  return [...refused].map(([usage, differences]) => ({ usage, differences }));
}

function firstCluster({ sources }: Plan): string {
  return sources.map(source => source.id).sort(compare)[0] ?? "";
}

function exceeded({ needing, fitting, principal, ...numbers }: Budget, plans: readonly Plan[]): Finding {
  const unused = plans
    .flatMap(plan => plan.findings)
    .filter(one => one.code === "credential-unused" && one.args.principal === principal)
    .flatMap(({ args: { missing, idle } }) => [missing, idle])
    .flatMap(names => (Array.isArray(names) ? names : []))
    .filter(name => typeof name === "string");
  const unread = credentialsSeen(plans).has(principal) ? {} : ({ unread: true } as const);
  return finding(
    "credential-budget-exceeded",
    {},
    { principal, ...numbers, ...unread, unused: [...new Set(unused)].sort(compare) },
  );
}

/** The clusters that a plan was made without, as it tells them, and that no other plan is of. */
function unreadClusters(plans: readonly Plan[]): Plan["findings"] {
  // A cluster may have another address elsewhere, or another name.
  const planned = new Set(
    plans.flatMap(({ sources }) =>
      sources.flatMap(one => (one.type === "cluster" ? [idByAddress(one.server), one.context] : [])),
    ),
  );
  const unread = new Map<SourceId, Plan["findings"][number]>();
  for (const one of plans.flatMap(({ findings }) => findings)) {
    if (one.code !== "cluster-not-read" || !one.subject) continue;
    if (!planned.has(one.subject.source) && !planned.has(String(one.args.context))) unread.set(one.subject.source, one);
  }
  return [...unread].sort(([a], [b]) => compare(a, b)).map(([, one]) => one);
}

/** Of which identities a plan that needs them knows no credentials: the count of what exists may be too low. */
function unreadPrincipals(plans: readonly Plan[]): Finding[] {
  const unread = new Map<string, string[]>();
  for (const plan of plans) {
    const read = new Set(plan.principals.map(({ id }) => id));
    const needed = new Set(claimsOf(plan).flatMap(({ trusts }) => trusts.map(({ principal }) => principal)));
    for (const id of needed) if (!read.has(id)) unread.set(id, [...(unread.get(id) ?? []), planName(plan)]);
  }
  return [...unread]
    .sort(([a], [b]) => compare(a, b))
    .map(([principal, contexts]) => finding("credentials-not-counted", {}, { principal, contexts }));
}
