import type { StepResult } from "./documents/runResult.ts";
import type { Step } from "./model.ts";
import { type Shares, withoutUsages } from "./steps/shares.ts";

/** Whether a step writes in Azure, not in a cluster. */
export function isAzureStep(step: Step): boolean {
  return step.op === "trust" || step.op === "bind";
}

export interface ClusterHalf {
  /** What may run in the clusters alone. */
  steps: Step[];
  /** Steps of usages whose Azure steps are still to be done. */
  stopped: StepResult[];
}

/**
 * The steps without those in Azure, which belong to somebody else; what needs one that is still pending does not run. `command` is
 * what does them.
 */
export function clusterHalf(
  steps: readonly Step[],
  { pending, shares, command }: { pending: ReadonlySet<string>; shares: Shares; command: string },
): ClusterHalf {
  const open = steps.filter(step => isAzureStep(step) && pending.has(step.id));
  const waiting = new Set(open.flatMap(step => step.usages));
  const azure = new Set(steps.filter(isAzureStep).map(step => step.id));
  const kept = withoutUsages(steps, waiting, shares).filter(step => !azure.has(step.id));
  const keptIds = new Set(kept.map(step => step.id));
  const stopped = steps.filter(step => !keptIds.has(step.id) && (pending.has(step.id) || !azure.has(step.id)));
  return {
    steps: kept.map(step => ({ ...step, dependsOn: step.dependsOn.filter(id => !azure.has(id)) })),
    stopped: stopped.map(({ id, usages }): StepResult => {
      const message = azure.has(id)
        ? `Azure is not written here; the fleet's prepare job does that first: ${command}`
        : "what it needs in Azure is not there yet: run the fleet's prepare job first";
      return { step: id, usages, outcome: "stopped", message };
    }),
  };
}
