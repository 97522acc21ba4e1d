import { type Facts, principalFacts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { FederatedCredential, Mapping, SourceId, Usage } from "../model.ts";
import { budgetsOf, type Claim, isExceeded } from "./budget.ts";
import type { Unused } from "./unusedCredentials.ts";

/**
 * By usage, what a budget that is too small blocks: whoever needs a new credential of that principal, so that none of the last
 * slots is taken without a decision. What gets no steps for another reason is not counted.
 */
export function budgetBlocks(
  facts: Facts,
  mapped: readonly { usage: Usage; mapping: Mapping }[],
  unused: ReadonlyMap<string, Unused>,
): Map<string, Finding[]> {
  const usages = new Map(mapped.map(({ usage }) => [usage.id, usage]));
  const claims = claimsOfMappings(
    mapped.map(({ mapping }) => mapping),
    mapped.map(({ usage: { id, workload } }) => ({ id, ...workload })),
  );
  const blocks = new Map<string, Finding[]>();
  for (const budget of budgetsOf(claims, existingFor(facts, claims)).values()) {
    if (!isExceeded(budget)) continue;
    const { needing, fitting, principal, ...numbers } = budget;
    const { missing = [], idle = [] } = unused.get(principal) ?? {};
    const unread = principalFacts(facts, principal) ? {} : ({ unread: true } as const);
    const fits = new Set(fitting);
    for (const usage of needing) {
      if (fits.has(usage)) continue;
      const args = { principal, ...numbers, ...unread, unused: [...missing, ...idle] };
      const subject = usages.get(usage)?.workload;
      const one = finding("credential-budget-exceeded", subject ? { subject } : {}, args);
      blocks.set(usage, [...(blocks.get(usage) ?? []), one]);
    }
  }
  return blocks;
}

/** What the usages that get steps need of their principals. */
export function claimsOfMappings(
  mappings: readonly Pick<Mapping, "usage" | "trusts" | "blockedBy">[],
  usages: readonly { id: string; source: SourceId; namespace?: string }[],
): Claim[] {
  const byId = new Map(usages.map(usage => [usage.id, usage]));
  return mappings.flatMap(({ usage: id, trusts, blockedBy }) => {
    const usage = byId.get(id);
    if (!usage || blockedBy.length > 0 || trusts.length === 0) return [];
    return [{ usage: id, source: usage.source, namespace: usage.namespace ?? "default", trusts }];
  });
}

/** What exists on the principals that are claimed, as far as it was read. */
export function existingFor(facts: Facts, claims: readonly Claim[]): Map<string, readonly FederatedCredential[]> {
  const principals = new Set(claims.flatMap(({ trusts }) => trusts.map(trust => trust.principal)));
  return new Map([...principals].map(id => [id, principalFacts(facts, id)?.credentials ?? []]));
}
