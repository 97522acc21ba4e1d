import type { Pod, Workload } from "../object.ts";
import { counters } from "./conditions.ts";
import { type Control, type Reconcile, remove, writeStatus } from "./control.ts";
import { countAvailable, createPod, isActive, isReady, podsOf } from "./pods.ts";
import { presentRevision, REVISION_LABEL, templateOfRevision } from "./revisions.ts";

interface Strategy {
  type?: string;
  rollingUpdate?: { partition?: number };
}

/** kubernetes pkg/controller/statefulset: pods with ordinals, made from the lowest and replaced from the highest, down to the partition. */
export const reconcileStatefulSet: Reconcile = (control, object) => {
  const set = object as Workload;
  if (set.metadata.deletionTimestamp !== undefined) return;
  const update = presentRevision(control, set).metadata.name ?? "";
  const present = (set.status?.currentRevision as string | undefined) || update;
  const pods = podsOf(control, set);
  const strategy = set.spec.updateStrategy as Strategy | undefined;
  const revisions = { update, present, partition: strategy?.rollingUpdate?.partition ?? 0 };
  const complete = createMissing(control, set, { pods, revisions });
  const surplus = pods.filter(pod => isActive(pod) && ordinalOf(set, pod) >= lastOrdinal(set));
  for (const pod of surplus.toSorted((a, b) => ordinalOf(set, b) - ordinalOf(set, a)).slice(0, 1)) remove(control, pod);
  if (complete && surplus.length === 0 && strategy?.type !== "OnDelete") {
    const outdated = nextToReplace(set, { pods, revisions });
    if (outdated) remove(control, outdated);
  }
  writeSetStatus(control, set, revisions);
};

interface Revisions {
  update: string;
  present: string;
  partition: number;
}

/** True when every ordinal has a pod, and (in order) each of them is ready. */
function createMissing(
  control: Control,
  set: Workload,
  { pods, revisions }: { pods: Pod[]; revisions: Revisions },
): boolean {
  const parallel = set.spec.podManagementPolicy === "Parallel";
  let complete = true;
  for (let ordinal = firstOrdinal(set); ordinal < lastOrdinal(set); ordinal++) {
    const pod = pods.find(each => ordinalOf(set, each) === ordinal);
    if (pod && isActive(pod) && (parallel || isReady(pod) || replaceable(set, pod, revisions))) continue;
    complete = false;
    if (!pod) create(control, set, { ordinal, revisions });
    if (!parallel) break;
  }
  return complete;
}

/** A pod of an old template that never gets ready must not hold up its own replacement, as long as the strategy replaces it. */
function replaceable(set: Workload, pod: Pod, { update, partition }: Revisions): boolean {
  return revisionOf(pod) !== update && ordinalOf(set, pod) >= partition;
}

function create(
  control: Control,
  set: Workload,
  { ordinal, revisions }: { ordinal: number; revisions: Revisions },
): void {
  const name = `${set.metadata.name}-${ordinal}`;
  const old = ordinal < revisions.partition ? templateOfRevision(control, set, revisions.present) : undefined;
  const revision = old ? revisions.present : revisions.update;
  createPod(control, set, old ?? set.spec.template, {
    name,
    labels: {
      "apps.kubernetes.io/pod-index": String(ordinal),
      [REVISION_LABEL]: revision,
      "statefulset.kubernetes.io/pod-name": name,
    },
    spec: { hostname: name, ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}) },
  });
}

/** From the highest ordinal down: the first pod of another revision, unless a pod above it still has to become ready. */
function nextToReplace(set: Workload, { pods, revisions }: { pods: Pod[]; revisions: Revisions }): Pod | undefined {
  for (let ordinal = lastOrdinal(set) - 1; ordinal >= Math.max(firstOrdinal(set), revisions.partition); ordinal--) {
    const pod = pods.find(each => ordinalOf(set, each) === ordinal);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return undefined;
    if (revisionOf(pod) !== revisions.update) return pod;
    if (!isReady(pod)) return undefined;
  }
  return undefined;
}

function writeSetStatus(control: Control, set: Workload, { update, present, partition }: Revisions): void {
  const pods = podsOf(control, set).filter(isActive);
  const replicas = set.spec.replicas ?? 1;
  const updated = pods.filter(pod => revisionOf(pod) === update).length;
  const ready = pods.filter(isReady).length;
  const rolled = partition === 0 && updated === replicas && ready === replicas && pods.length === replicas;
  const currentRevision = rolled ? update : present;
  writeStatus(control, set, {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    ...counters({
      readyReplicas: ready,
      currentReplicas: pods.filter(pod => revisionOf(pod) === currentRevision).length,
      updatedReplicas: updated,
    }),
    availableReplicas: countAvailable(control, set, pods, set.spec.minReadySeconds ?? 0),
    currentRevision,
    updateRevision: update,
    collisionCount: 0,
  });
}

function firstOrdinal(set: Workload): number {
  return (set.spec.ordinals as { start?: number } | undefined)?.start ?? 0;
}

function lastOrdinal(set: Workload): number {
  return firstOrdinal(set) + (set.spec.replicas ?? 1);
}

function ordinalOf(set: Workload, pod: Pod): number {
  return Number((pod.metadata.name ?? "").slice((set.metadata.name ?? "").length + 1));
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[REVISION_LABEL];
}
