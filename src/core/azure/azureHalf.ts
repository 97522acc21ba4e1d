import type { StepResult } from "../documents/runResult.ts";
import type { Stage, Step, StepOf } from "../model.ts";
import { type Shares, withoutUsages } from "../steps/shares.ts";

/** Whether a step writes in Azure, not in a cluster. */
export function isAzureStep(step: Step): step is StepOf<"trust" | "bind"> {
  return step.op === "trust" || step.op === "bind";
}

interface ClusterHalf {
  /** What may run in the clusters alone. */
  steps: Step[];
  /** Steps of usages whose Azure steps are still to be done. */
  stopped: StepResult[];
}

export interface ClusterHalfOptions {
  /** Ids of the steps that are still to be done. */
  pending: ReadonlySet<string>;
  /** Those that are to be run: of others nothing stops. */
  stages: readonly Stage[];
  shares: Shares;
  /** Does what is in Azure. */
  command: string;
}

/** The steps without those in Azure, which belong to somebody else; what needs one that is still pending does not run. */
export function clusterHalf(
  steps: readonly Step[],
  { pending, stages, shares, command }: ClusterHalfOptions,
): ClusterHalf {
  const open = steps.filter(step => isAzureStep(step) && pending.has(step.id));
  const waiting = new Set(open.flatMap(step => step.usages));
  const azure = new Set(steps.filter(isAzureStep).map(step => step.id));
  const kept = withoutUsages(steps, waiting, shares).filter(step => !azure.has(step.id));
  const keptIds = new Set(kept.map(step => step.id));
  const stopped = steps.filter(
    step => !keptIds.has(step.id) && stages.includes(step.stage) && (pending.has(step.id) || !azure.has(step.id)),
  );
  return {
    steps: kept.map(step => ({ ...step, dependsOn: step.dependsOn.filter(id => !azure.has(id)) })),
    stopped: stopped.map(({ id, usages }): StepResult => {
      const message = azure.has(id)
        ? `Azure is not written here; the fleet's prepare job does that first: ${command}`
        : `what it needs in Azure is not there yet; the fleet's prepare job comes first: ${command}`;
      return { step: id, usages, outcome: "stopped", message };
    }),
  };
}
