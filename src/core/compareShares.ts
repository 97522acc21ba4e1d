import { isEqual, valueAt } from "./changes/change.ts";
import type { Facts } from "./facts.ts";
import type { Step } from "./model.ts";
import { accountStepOf, type BindingStep, isBindingStep, type Shares, shareKey } from "./steps/shares.ts";
import { fieldDifference, short } from "./steps/stepDifference.ts";

/**
 * What differs, usage by usage, between a saved step for a role binding and the one derived now (undefined: none is left). The
 * part of one usage may be done already while that of another is not, or is not possible any more.
 */
export function shareDifferences(
  saved: BindingStep,
  now: Step | undefined,
  { planned, current, facts }: { planned: Shares; current: Shares; facts: Facts },
): { usage: string; difference: string }[] {
  const shares = new Map(saved.usages.map(usage => [shareKey(planned.get(usage)), planned.get(usage)]));
  const foreign = saved.changes.find(change => !isEqual(change, shares.get(shareKey(change))));
  const whole = foreign
    ? `changes: ${short(foreign)} is for none of its workloads`
    : now && fieldDifference(saved, now, ["dependsOn", "usages", "changes"]);
  const keys = new Set(saved.changes.map(shareKey));
  const nowKeys = new Set(now && isBindingStep(now) ? now.changes.map(shareKey) : []);
  const nowUsages = new Set(now?.usages);
  const dependencies = new Set(saved.dependsOn);
  const nowDependencies = new Set(now?.dependsOn);
  const seen = facts.objects.get(saved.target);
  const differenceOf = (usage: string): string | undefined => {
    if (whole !== undefined) return whole;
    const share = planned.get(usage);
    if (!share || !keys.has(shareKey(share))) return "has no change for this workload";
    if (current.has(usage) && !isEqual(current.get(usage), share)) return "is for another service account now";
    if (isEqual(valueAt(seen, share.path), share.after)) return undefined;
    if (!nowUsages.has(usage) || !nowKeys.has(shareKey(share))) return "is not needed or not possible any more";
    const account = accountStepOf(saved, share);
    const isMissing = nowDependencies.has(account) && !dependencies.has(account);
    return isMissing ? `depends now on ${account}, which the plan does not have` : undefined;
  };
  return saved.usages.flatMap(usage => {
    const difference = differenceOf(usage);
    return difference === undefined ? [] : [{ usage, difference }];
  });
}
