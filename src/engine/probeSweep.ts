import type { UndoRecord } from "../core/model.ts";
import type { ClusterAccess } from "../core/ports.ts";
import { probeLabel } from "../core/probe/probePod.ts";
import type { Records } from "./records.ts";

/** Whether a record tells of a probe pod that may still be there. Records are anybody's who may write there. */
export function isProbe({ state, step }: UndoRecord): boolean {
  return state === "intent" && step.op === "create" && step.target.kind === "Pod" && step.target.apiVersion === "v1";
}

/** Deletes the probe pod that a record tells of, if there is one: no pod without the probe's own label is ever touched. */
export async function sweepProbe(
  record: UndoRecord,
  { cluster, records }: { cluster: ClusterAccess; records: Records },
): Promise<void> {
  const { step } = record;
  if (step.op !== "create") throw new Error(`the record of ${step.id} is of no probe`);
  const pod = await cluster.get(step.target);
  const { uid } = pod?.metadata ?? {};
  if (uid !== undefined && pod?.metadata.labels?.[probeLabel] === "true")
    await cluster.delete({ ...step.target, uid }, { gracePeriodSeconds: 0 });
  await records.markDone(record);
}
