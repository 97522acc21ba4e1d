import { blockedFrom } from "./blocked.ts";
import { shareDifferences } from "./compareShares.ts";
import type { Plan } from "./documents/plan.ts";
import { principalFacts } from "./facts.ts";
import type { JsonObject } from "./kubernetes.ts";
import type { Step } from "./model.ts";
import { observe, type Seen } from "./observe.ts";
import { compare } from "./order.ts";
import type { Judgement } from "./reports.ts";
import { isBindingStep, sharesOf, withoutUsages } from "./steps/shares.ts";
import { fieldDifference } from "./steps/stepDifference.ts";

export interface Comparison {
  /** The saved steps that may run: derived again just so, or done meanwhile. */
  steps: Step[];
  /** Usages none of whose steps may run, with what differs. */
  refused: { usage: string; differences: string[] }[];
}

/**
 * Holds a saved plan against what its decisions give on the facts of now. Where one saved step is neither derived again nor
 * done, none of the steps of its usages runs; the other usages are not touched by that.
 */
export function compareWithPlan(plan: Plan, judgement: Judgement): Comparison {
  const derived = new Map(judgement.steps.steps.map(step => [step.id, step]));
  const mappings = new Map(judgement.mapped.mappings.map(mapping => [mapping.usage, mapping]));
  const differences = new Map<string, string[]>();
  const refuse = (usage: string, difference: string) => {
    const list = differences.get(usage);
    if (list) list.push(difference);
    else differences.set(usage, [difference]);
  };
  const codesOf = (usage: string, { stage }: Step) => {
    const mapping = mappings.get(usage);
    const codes = mapping ? [...blockedFrom(mapping, stage), ...mapping.notChecked] : [];
    return codes.length > 0 ? ` (${codes.join(", ")})` : "";
  };
  const shares = sharesOf(plan.usages, plan.mappings);
  const current = sharesOf(judgement.found.usages, judgement.mapped.mappings);
  for (const step of plan.steps) {
    const now = derived.get(step.id);
    if (isBindingStep(step)) {
      for (const { usage, difference } of shareDifferences(step, now, {
        planned: shares,
        current,
        facts: judgement.facts,
      })) {
        refuse(usage, `${step.id}: ${difference}${codesOf(usage, step)}`);
      }
      continue;
    }
    const difference = now
      ? stepDifference(step, now)
      : observe(step, seenInFacts(step, judgement)) === "done"
        ? undefined
        : "is not needed or not possible any more";
    if (difference === undefined) continue;
    for (const usage of step.usages) refuse(usage, `${step.id}: ${difference}${now ? "" : codesOf(usage, step)}`);
  }
  // Whether or not a step is left: "nothing to do" is not said of what nobody could look at.
  const planned = new Set([
    ...plan.mappings.filter(one => one.blockedBy.length === 0).map(one => one.usage),
    ...plan.steps.flatMap(step => step.usages),
  ]);
  for (const { usage, notChecked, blockedBy } of [...plan.mappings, ...judgement.mapped.mappings]) {
    if (notChecked.length === 0 || blockedBy.length > 0 || !planned.has(usage)) continue;
    const text = `not checked: ${notChecked.join(", ")}; plan again with access`;
    if (!differences.get(usage)?.includes(text)) refuse(usage, text);
  }
  const refused = [...differences].map(([usage, list]) => ({ usage, differences: list }));
  return {
    // A step that several usages share still runs for those that may go on.
    steps: withoutUsages(plan.steps, new Set(differences.keys()), shares),
    refused: refused.sort((a, b) => compare(a.usage, b.usage)),
  };
}

/** What differs between a saved step and the one derived now; dependencies may have been done meanwhile, and more usages may share it. */
function stepDifference(saved: Step, now: Step): string | undefined {
  const usages = new Set(now.usages);
  if (saved.usages.some(usage => !usages.has(usage))) return "is for other usages now";
  const difference = fieldDifference(saved, now, ["dependsOn", "usages"]);
  if (difference !== undefined) return difference;
  // Last, since what differs in the step itself says more.
  const dependencies = new Set(saved.dependsOn);
  const missing = now.dependsOn.filter(id => !dependencies.has(id));
  return missing.length === 0 ? undefined : `depends now on ${missing.join(", ")}, which the plan does not have`;
}

/** The step's target as the facts have it. */
function seenInFacts(step: Step, { facts }: Pick<Judgement, "facts">): Seen {
  if (step.op === "bind") {
    const bindings = facts.azure.identityBindings?.get(step.target.cluster);
    return bindings === undefined || "failed" in bindings ? "unknown" : { bindings };
  }
  if (step.op !== "trust") {
    return { object: facts.objects.get(step.target) as JsonObject | undefined };
  }
  const identity = principalFacts(facts, step.target.principal);
  return identity ? { credentials: identity.credentials } : "unknown";
}
