import { type Facts, principalFacts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { Mapping, Usage } from "../model.ts";
import { budgetsOf, isExceeded } from "./budget.ts";
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
  const planned = mapped.filter(({ mapping }) => mapping.blockedBy.length === 0 && mapping.trusts.length > 0);
  const claims = planned.map(({ usage: { id, workload }, mapping: { trusts } }) => {
    return { usage: id, source: workload.source, namespace: workload.namespace ?? "default", trusts };
  });
  const principals = new Set(claims.flatMap(({ trusts }) => trusts.map(trust => trust.principal)));
  const existing = new Map([...principals].map(id => [id, principalFacts(facts, id)?.credentials ?? []]));
  const usages = new Map(planned.map(({ usage }) => [usage.id, usage]));
  const blocks = new Map<string, Finding[]>();
  for (const budget of budgetsOf(claims, existing).values()) {
    if (!isExceeded(budget)) continue;
    const { needing, fitting, principal, ...numbers } = budget;
    const { missing = [], idle = [] } = unused.get(principal) ?? {};
    for (const usage of needing) {
      if (fitting.includes(usage)) continue;
      const args = { principal, ...numbers, unused: [...missing, ...idle] };
      const subject = usages.get(usage)?.workload;
      const one = finding("credential-budget-exceeded", subject ? { subject } : {}, args);
      blocks.set(usage, [...(blocks.get(usage) ?? []), one]);
    }
  }
  return blocks;
}
