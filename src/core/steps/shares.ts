import { bindingKinds, subjectOf } from "../accounts/roleBindings.ts";
import type { Plan } from "../documents/plan.ts";
import type { Change, Step, StepOf, Usage } from "../model.ts";
import { stepId } from "./stepId.ts";

/** Of each usage the change that it needs of the role bindings that it shares with others. */
export type Shares = ReadonlyMap<string, Change>;

export type BindingStep = StepOf<"patch"> | StepOf<"manual">;

/** Whether a step changes a role binding. Alone among steps it has a part for each usage, which can be left out. */
export function isBindingStep(step: Step): step is BindingStep {
  return "changes" in step && bindingKinds.some(kind => kind === step.target.kind);
}

/** The change that puts the account that a usage gets beside the one that it has. */
export function subjectChange({ workload: { namespace = "default" } }: PlannedUsage, account: string): Change {
  const subject = subjectOf({ namespace, name: account });
  return { path: ["subjects", { match: subject }], after: subject };
}

type PlannedUsage = { workload: Pick<Usage["workload"], "namespace"> };

export function sharesOf(
  usages: readonly (PlannedUsage & { id: string })[],
  mappings: readonly Pick<Plan["mappings"][number], "usage" | "serviceAccount">[],
): Shares {
  const byId = new Map(usages.map(usage => [usage.id, usage]));
  return new Map(
    mappings.flatMap(({ usage, serviceAccount }) => {
      const planned = byId.get(usage);
      return planned ? [[usage, subjectChange(planned, serviceAccount.name)] as const] : [];
    }),
  );
}

/** What tells the changes of one role binding apart: the account. */
export function shareKey(change: Change | undefined): string {
  const part = change?.path[1];
  return typeof part === "object" ? `${part.match.namespace}\n${part.match.name}` : "";
}

/** The step that makes the account which a share gives a role. */
export function accountStepOf(step: BindingStep, { after }: Change): string {
  const { namespace = "default", name = "" } = after as Partial<ReturnType<typeof subjectOf>>;
  const { source } = step.target;
  return stepId({ source, apiVersion: "v1", kind: "ServiceAccount", namespace, name }, "prepare");
}

/** The steps without those usages: what nobody else needs goes, and of role bindings that others need too, their part. */
export function withoutUsages(steps: readonly Step[], gone: ReadonlySet<string>, shares: Shares): Step[] {
  return steps.flatMap(step => {
    const usages = step.usages.filter(usage => !gone.has(usage));
    if (usages.length === 0) return [];
    if (usages.length === step.usages.length || !isBindingStep(step)) return [step];
    const kept = usages.flatMap(usage => shares.get(usage) ?? []);
    const keptKeys = new Set(kept.map(shareKey));
    const changes = step.changes.filter(change => keptKeys.has(shareKey(change)));
    if (changes.length === 0) return [];
    const accounts = new Set(step.changes.map(change => accountStepOf(step, change)));
    const needed = new Set(kept.map(change => accountStepOf(step, change)));
    const dependsOn = step.dependsOn.filter(id => !accounts.has(id) || needed.has(id));
    return [{ ...step, usages, changes, dependsOn }];
  });
}
