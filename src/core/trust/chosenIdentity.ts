import type { RoleAssignment } from "../azure/azurePorts.ts";
import { isSamePrincipal } from "../azure/principals.ts";
import { normalResourceID } from "../azure/resourceId.ts";
import type { Verdict } from "../checks/check.ts";
import { decisionFor } from "../decisions.ts";
import { type Facts, identityFacts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { Decisions, PrincipalRef, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { clientIDAnnotation, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";

/**
 * The identity that people chose for a workload in place of the one that pod identity gives it. Its client id is ARM's, "" until
 * ARM was asked. A resource id that is none stays as it was written, which is no identity's id.
 */
export function chosenIdentity(
  facts: Pick<Facts, "azure">,
  decisions: Decisions,
  usage: Pick<Usage, "workload">,
): PrincipalRef | undefined {
  const { identity } = decisionFor(decisions, usage);
  if (identity === undefined) return undefined;
  const id = normalResourceID(identity) ?? identity.replace(/^\/+/, "");
  return { id, type: "userAssigned", clientID: identityFacts(facts, id)?.clientID ?? "" };
}

/**
 * The usages as people chose their identities: of several the default is replaced. A workload is on workload identity when its
 * account names the chosen one. Azure is asked after they were found.
 */
export function chosenUsages(facts: Facts, decisions: Decisions, usages: readonly Usage[]): Usage[] {
  if (!Object.values(decisions.workloads ?? {}).some(({ identity }) => identity !== undefined)) return [...usages];
  return usages.map(usage => {
    const chosen = chosenIdentity(facts, decisions, usage);
    const [given, ...others] = usage.principals;
    if (!chosen || !given || chosen.id === given.id) return usage;
    const principals = [chosen, ...others.filter(other => !isSamePrincipal(other, chosen))];
    const { source, namespace } = usage.workload;
    const account = facts.objects.find(source, "ServiceAccount", namespace, usage.serviceAccount)?.object;
    const isNamed = isSameClientID(account?.metadata.annotations?.[clientIDAnnotation], chosen.clientID);
    const state = usage.state === "migrated" && !isNamed ? "both" : usage.state;
    return { ...usage, principals, insteadOf: given, state };
  });
}

/** The identities whose roles are compared, from what pod identity gives to what was chosen. */
export function identitiesToCompare(usages: readonly Usage[]): { from: PrincipalRef; to: PrincipalRef }[] {
  const pairs = new Map<string, { from: PrincipalRef; to: PrincipalRef }>();
  for (const { insteadOf: from, principals } of usages) {
    const [to] = principals;
    if (from?.type === "userAssigned" && to) pairs.set(`${from.id}\n${to.id}`, { from, to });
  }
  return [...pairs.values()];
}

/** What the chosen identity may not do that the other one may, and what of that nobody can see. */
export function checkChosenIdentity(facts: Facts, { workload, insteadOf, principals }: Usage): Verdict {
  const [chosen] = principals;
  if (!insteadOf || !chosen || identityFacts(facts, chosen.id) === undefined) return {};
  const about = { subject: workload };
  const [from, to] = [insteadOf.id, chosen.id];
  const reasons: Finding[] = [finding("data-plane-rights-not-visible", about, { from, to })];
  const [before, after] = [from, to].map(id => facts.azure.roleAssignments?.get(id));
  const unread = [before, after].find(one => one !== undefined && "failed" in one);
  if (unread && "failed" in unread)
    reasons.push(finding("role-assignments-not-visible", about, { from, to, reason: unread.failed }));
  else if (!before || !after || "failed" in before || "failed" in after)
    reasons.push(finding("role-assignments-not-visible", about, { from, to, reason: "Azure was not asked" }));
  else {
    const missing = before.filter(one => !after.some(other => covers(other, one)));
    const names = [...new Set(missing.map(({ role, scope }) => `${role} on ${scope}`))].sort(compare);
    if (names.length > 0) reasons.push(finding("role-assignments-differ", about, { from, to, missing: names }));
  }
  return { reasons };
}

/** The same role at the same place or above it. */
function covers(one: RoleAssignment, other: RoleAssignment): boolean {
  const [above, below] = [one.scope, other.scope].map(scope => scope.toLowerCase().replace(/\/$/, ""));
  return one.role === other.role && (below === above || (below ?? "").startsWith(`${above}/`));
}
