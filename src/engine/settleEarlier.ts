import { CommandError } from "../core/errors.ts";
import type { SourceId, Step, UndoRecord } from "../core/model.ts";
import { observe, type Seen } from "../core/observe.ts";
import { ApiError, type ClusterAccess } from "../core/ports.ts";
import { isAdopted } from "./credentials.ts";
import { sweepProbes } from "./probeSweep.ts";
import type { Records } from "./records.ts";
import { type Patience, retrying } from "./retry.ts";

/** Where records of earlier runs are looked for, and through what. */
interface EarlierRuns {
  cluster: ClusterAccess;
  records: Records;
  /** Looks at a step's target. */
  seen(step: Step): Promise<Seen>;
  patience: Patience;
}

/**
 * Marks what earlier runs wrote in a cluster but did not live to mark: their records say "intent", the cluster says done. Probe pods
 * that they left are deleted. Gives back the records of steps whose rollout nobody has seen to its end.
 */
export async function settleEarlier(
  source: SourceId,
  { cluster, records, seen, patience }: EarlierRuns,
): Promise<UndoRecord[]> {
  const rollouts: UndoRecord[] = [];
  const found = await retrying(() => records.open(), patience);
  const others = await sweepProbes(found, { cluster, records, patience });
  for (const record of others.filter(one => one.state === "intent" && one.step.target.source === source)) {
    try {
      const { step } = record;
      const now = await seen(step);
      if (observe(step, now) !== "done" || isAdopted(step, now)) continue;
      if (isRollout(step)) rollouts.push(record);
      else await records.markDone(record);
    } catch (error) {
      // What cannot be seen any more (an identity that is gone, a cluster that is not of this run) stays an intent.
      if (patience.signal.aborted || !(error instanceof ApiError || error instanceof CommandError)) throw error;
    }
  }
  return rollouts;
}

/** Whether the step is only over when the pods have been replaced. */
function isRollout(step: Step): boolean {
  return step.op === "patch" && step.stage === "switch" && step.restartsPods === true;
}
