import { accountOf } from "../accounts/accountNames.ts";
import { bindingsOf } from "../accounts/roleBindings.ts";
import { decisionFor } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { Decisions, Mapping, Step, Usage } from "../model.ts";
import { changeStep, routeOf } from "./route.ts";
import { subjectChange } from "./shares.ts";
import { stepId } from "./stepId.ts";

/**
 * Puts a dedicated account beside the one that it replaces, in every RoleBinding and ClusterRoleBinding that names that. Each
 * depends on the account's own step: rights are given to accounts that are there, not to names that somebody might take.
 */
export function bindingSteps(
  facts: Facts,
  usage: Usage,
  mapping: Pick<Mapping, "serviceAccount">,
  { decisions, dependsOn }: { decisions: Decisions; dependsOn: string[] },
): { steps: Step[]; done: string[] } {
  if (mapping.serviceAccount.name === usage.serviceAccount) return { steps: [], done: [] };
  const { source } = usage.workload;
  const bound = new Set(bindingsOf(facts, source, accountOf(usage, mapping.serviceAccount.name)));
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
    steps.push(changeStep(base, { route, changes: [subjectChange(usage, mapping.serviceAccount.name)] }));
  }
  return { steps, done };
}
