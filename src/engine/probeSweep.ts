import type { KubernetesObject } from "../core/kubernetes.ts";
import type { ObjectRef, UndoRecord } from "../core/model.ts";
import { ApiError, type ClusterAccess } from "../core/ports.ts";
import { probeLabel } from "../core/probe/probePod.ts";
import type { Records } from "./records.ts";
import { type Patience, retrying } from "./retry.ts";

/** Whether a record tells of a probe pod that may still be there. Records are anybody's who may write there. */
function isProbe({ state, step }: UndoRecord): boolean {
  return state === "intent" && step.op === "create" && step.target.kind === "Pod" && step.target.apiVersion === "v1";
}

export function isProbePod(pod: KubernetesObject | undefined): boolean {
  return pod?.metadata.labels?.[probeLabel] === "true";
}

/** Deletes the probe pod of this name, if there is one: no pod without the probe's own label is ever touched. */
export async function deleteProbe(ref: ObjectRef, cluster: ClusterAccess): Promise<void> {
  const pod = await cluster.get(ref);
  const { uid } = pod?.metadata ?? {};
  if (uid !== undefined && isProbePod(pod)) await cluster.delete({ ...ref, uid }, { gracePeriodSeconds: 0 });
}

/** Deletes the probe pod that a record tells of, and closes the record. */
export async function sweepProbe(
  record: UndoRecord,
  { cluster, records }: { cluster: ClusterAccess; records: Records },
): Promise<void> {
  const { step } = record;
  if (step.op !== "create") throw new Error(`the record of ${step.id} is of no probe`);
  await deleteProbe(step.target, cluster);
  await records.markDone(record);
}

/**
 * Deletes the probe pods of earlier runs. What cannot be deleted stays recorded, and is in nobody's way. Gives back the records
 * that tell of something else.
 */
export async function sweepProbes(
  found: readonly UndoRecord[],
  { cluster, records, patience }: { cluster: ClusterAccess; records: Records; patience: Patience },
): Promise<UndoRecord[]> {
  for (const record of found.filter(one => isProbe(one) && one.step.target.source === cluster.source)) {
    try {
      await retrying(() => sweepProbe(record, { cluster, records }), patience);
    } catch (error) {
      if (patience.signal.aborted || !(error instanceof ApiError)) throw error;
    }
  }
  return found.filter(one => !isProbe(one));
}
