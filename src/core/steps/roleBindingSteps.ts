import { accountOf } from "../accounts/accountNames.ts";
import { bindingsOf } from "../accounts/roleBindings.ts";
import { decisionFor } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { Decisions, Step, Usage } from "../model.ts";
import type { Needed } from "./needed.ts";
import { changeStep, routeOf } from "./route.ts";
import { subjectChange } from "./shares.ts";
import { stepId } from "./stepId.ts";

/**
 * Puts a dedicated account beside the one that it replaces, in every RoleBinding and ClusterRoleBinding that names that. Each
 * depends on the account's own step: rights are given to accounts that are there, not to names that somebody might take.
 */
export function roleBindingSteps(
  facts: Facts,
  usage: Usage,
  account: string,
  { decisions, dependsOn }: { decisions: Decisions; dependsOn: string[] },
): Needed {
  if (account === usage.serviceAccount) return { steps: [], done: [] };
  const { source } = usage.workload;
  const bound = new Set(bindingsOf(facts, source, accountOf(usage, account)));
  const steps: Step[] = [];
  const done: string[] = [];
  for (const binding of bindingsOf(facts, source, accountOf(usage, usage.serviceAccount))) {
    const { ref, object } = binding;
    const id = stepId(ref, "prepare");
    if (bound.has(binding)) {
      done.push(id);
      continue;
    }
    const base = { id, stage: "prepare" as const, dependsOn, usages: [usage.id], target: ref };
    const route = routeOf(facts, ref, object, decisionFor(decisions, usage));
    steps.push(changeStep(base, { route, changes: [subjectChange(usage, account)] }));
  }
  return { steps, done };
}
