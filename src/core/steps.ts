import { blockedFrom } from "./blocked.ts";
import type { Facts } from "./facts.ts";
import { fitted } from "./fitted.ts";
import { type Decisions, type Mapping, type Step, stages, type Usage } from "./model.ts";
import { compare } from "./order.ts";
import { serviceAccountStep } from "./steps/accountStep.ts";
import { identityBindingSteps } from "./steps/identityBindingSteps.ts";
import type { Needed } from "./steps/needed.ts";
import { roleBindingSteps } from "./steps/roleBindingSteps.ts";
import { moreCareful } from "./steps/route.ts";
import { switchStep } from "./steps/switchStep.ts";
import { trustSteps } from "./steps/trustSteps.ts";

export interface Steps {
  /** What is left to do, in execution order. */
  steps: Step[];
  /** How many more would be there if they were not done already. */
  done: number;
}

/** The steps that take the mappings from plan to fact; none of what one is blocked from. One step a target and stage, whoever needs it. */
export function stepsOf(
  facts: Facts,
  usages: readonly Usage[],
  mappings: readonly Mapping[],
  decisions: Decisions,
): Steps {
  const byId = new Map(usages.map(usage => [usage.id, usage]));
  const needed = new Map<string, Step[]>();
  const done = new Set<string>();
  const add = (more: Needed): string[] => {
    for (const id of more.done) done.add(id);
    for (const step of more.steps) {
      const known = needed.get(step.id);
      if (known) known.push(step);
      else needed.set(step.id, [step]);
    }
    return more.steps.map(({ id }) => id);
  };
  for (const mapping of mappings) {
    const usage = byId.get(mapping.usage);
    if (!usage || blockedFrom(mapping, "prepare").length > 0) continue;
    const { name } = mapping.serviceAccount;
    const trusts = add(trustSteps(usage, mapping));
    const account = add(serviceAccountStep(facts, usage, name, decisions));
    const rights = [
      ...add(identityBindingSteps(facts, usage, mapping, account)),
      ...add(roleBindingSteps(facts, usage, name, { decisions, dependsOn: account })),
    ];
    if (blockedFrom(mapping, "switch").length > 0) continue;
    add(switchStep(facts, usage, mapping, { decisions, dependsOn: fitted([...trusts, ...account, ...rights]) }));
  }
  const steps = [...needed.values()].flatMap(joined);
  return { steps: inOrder(steps), done: [...done].filter(id => !needed.has(id)).length };
}

/** One step of what several usages need of an object: the changes of all, after what any of them depends on. */
function joined(needs: readonly Step[]): Step[] {
  const [first, ...others] = needs;
  if (!first || others.length === 0) return first ? [first] : [];
  // Where usages that share an object decide differently, what leaves more to people holds for all of them.
  const chosen = others.reduce((a, b) => (moreCareful(a.route, b.route) === a.route ? a : b), first);
  const union = (key: "usages" | "dependsOn") => [...new Set(needs.flatMap(step => step[key]))].sort(compare);
  const shared = { usages: union("usages"), dependsOn: union("dependsOn") };
  if (!("changes" in chosen)) return [{ ...chosen, ...shared }];
  const changes = new Map(
    needs.flatMap(step => ("changes" in step ? step.changes : [])).map(one => [JSON.stringify(one.path), one]),
  );
  return [{ ...chosen, ...shared, changes: [...changes.values()] }];
}

/** By stage, then what others of the stage depend on before them. */
function inOrder(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map(step => [step.id, step]));
  const depths = new Map<string, number>();
  const depthOf = (step: Step): number => {
    const known = depths.get(step.id);
    if (known !== undefined) return known;
    const before = step.dependsOn.flatMap(id => byId.get(id) ?? []).filter(one => one.stage === step.stage);
    const depth = Math.max(0, ...before.map(one => depthOf(one) + 1));
    depths.set(step.id, depth);
    return depth;
  };
  return [...steps].sort(
    (a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage) || depthOf(a) - depthOf(b) || compare(a.id, b.id),
  );
}
