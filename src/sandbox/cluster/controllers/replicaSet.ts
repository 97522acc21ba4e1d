import type { Condition, Pod, Workload } from "../object.ts";
import { counters, withCondition, withoutCondition } from "./conditions.ts";
import { type Control, type Reconcile, remove, writeStatus } from "./control.ts";
import { countAvailable, createPod, isActive, isFinished, isReady, podsOf } from "./pods.ts";

/** kubernetes pkg/controller/replicaset, for ReplicationControllers too: as many pods as asked for, the failure of the last attempt as a condition. */
export const reconcileReplicaSet: Reconcile = (control, object) => {
  const set = object as Workload;
  if (set.metadata.deletionTimestamp !== undefined) return;
  const replicas = set.spec.replicas ?? 1;
  const active = podsOf(control, set).filter(isActive);
  let failure: string | undefined;
  for (let count = active.length; count < replicas && failure === undefined; count++) {
    failure = createPod(control, set, set.spec.template)?.message;
  }
  for (const pod of active.toSorted(byDispensability).slice(0, Math.max(0, active.length - replicas))) {
    remove(control, pod);
  }
  writeReplicaStatus(control, set, failure);
};

/** Pods that the set can do without come first: unscheduled, then unready, then the younger. */
function byDispensability(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec.nodeName === undefined ? 0 : 1) + (isReady(pod) ? 2 : 0);
  const age = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? "");
  return rank(a) - rank(b) || age(b) - age(a) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? 1 : -1);
}

function writeReplicaStatus(control: Control, set: Workload, failure: string | undefined): void {
  const all = podsOf(control, set);
  const pods = all.filter(isActive);
  const terminating = all.filter(pod => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)).length;
  const known: readonly Condition[] = set.status?.conditions ?? [];
  const conditions =
    failure === undefined
      ? withoutCondition(known, "ReplicaFailure")
      : withCondition(
          known,
          { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: failure },
          control.timeline.now(),
        );
  writeStatus(control, set, {
    replicas: pods.length,
    ...counters({
      fullyLabeledReplicas: pods.length,
      readyReplicas: pods.filter(isReady).length,
      availableReplicas: countAvailable(control, set, pods, set.spec.minReadySeconds ?? 0),
    }),
    observedGeneration: set.metadata.generation,
    terminatingReplicas: terminating,
    ...(conditions.length === 0 ? {} : { conditions }),
  });
}
