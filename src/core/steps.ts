import type { Facts } from "./facts.ts";
import { compare } from "./match.ts";
import type { Decisions, Mapping, Step, Usage } from "./model.ts";
import { serviceAccountStep } from "./steps/accountStep.ts";
import { moreCareful } from "./steps/route.ts";
import { switchStep } from "./steps/switchStep.ts";
import { trustStep } from "./steps/trustStep.ts";

export interface Steps {
  /** What is left to do, in execution order. */
  steps: Step[];
  /** How many more would be there if they were not done already. */
  done: number;
}

/** The steps that take the mappings from plan to fact; a blocked mapping has none. One step a target and stage, whoever needs it. */
export function stepsOf(
  facts: Facts,
  usages: readonly Usage[],
  mappings: readonly Mapping[],
  decisions: Decisions,
): Steps {
  const byId = new Map(usages.map(usage => [usage.id, usage]));
  const steps = new Map<string, Step>();
  const done = new Set<string>();
  const add = (step: Step): string => {
    const known = steps.get(step.id);
    const usages = [...new Set([...(known?.usages ?? []), ...step.usages])].sort(compare);
    // Where usages that share an object decide differently, what leaves more to people holds for all of them.
    const chosen = known && moreCareful(known.route, step.route) === known.route ? known : step;
    steps.set(step.id, { ...chosen, usages });
    return step.id;
  };
  for (const mapping of mappings) {
    const usage = byId.get(mapping.usage);
    if (!usage || mapping.blockedBy.length > 0) continue;
    const dependsOn: string[] = [];
    for (const trust of mapping.trusts) {
      const step = trustStep(usage, trust);
      if (trust.adopts === undefined) dependsOn.push(add(step));
      else done.add(step.id);
    }
    const account = serviceAccountStep(facts, usage, mapping, decisions);
    if ("step" in account) dependsOn.push(add(account.step));
    else if (account.done) done.add(account.done);
    const change = switchStep(facts, usage, mapping, { decisions, dependsOn });
    if ("step" in change) add(change.step);
    else done.add(change.done);
  }
  const ordered = [...steps.values()].sort((a, b) => order(a) - order(b) || compare(a.id, b.id));
  return { steps: ordered, done: [...done].filter(id => !steps.has(id)).length };
}

function order(step: Step): number {
  return ["prepare", "switch", "cleanup"].indexOf(step.stage);
}
