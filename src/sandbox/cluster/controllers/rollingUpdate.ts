import type { Workload } from "../object.ts";

/** How far a rolling update may go beyond and below the wanted number of pods. */
export interface RollingLimits {
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
}

interface Sets {
  newSet: Workload;
  old: Workload[];
}

/** Percentages round up for the surge and down for what may be missing; where both come to nothing one pod may be missing (pkg/controller/deployment/util ResolveFenceposts). */
export function rollingLimits(deployment: Workload): RollingLimits {
  const replicas = deployment.spec.replicas ?? 1;
  const strategy = deployment.spec.strategy as
    | { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } }
    | undefined;
  if (strategy?.type === "Recreate") return { replicas, maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = resolve(strategy?.rollingUpdate?.maxSurge ?? "25%", replicas, Math.ceil);
  const maxUnavailable = resolve(strategy?.rollingUpdate?.maxUnavailable ?? "25%", replicas, Math.floor);
  const atLeastOne = maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable;
  return { replicas, maxSurge, maxUnavailable: Math.min(atLeastOne, replicas) };
}

/** How many pods the new ReplicaSet shall have now (pkg/controller/deployment/util NewRSNewReplicas). */
export function scaleUpNew({ newSet, old }: Sets, { replicas, maxSurge }: RollingLimits): number {
  const present = newSet.spec.replicas ?? 0;
  if (present > replicas) return replicas;
  const room = replicas + maxSurge - [newSet, ...old].reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
  return room <= 0 ? present : present + Math.min(room, replicas - present);
}

/** How many pods the old ReplicaSets shall have now: unhealthy ones go first (pkg/controller/deployment/rolling.go reconcileOldReplicaSets). */
export function scaleDownOld({ newSet, old }: Sets, { replicas, maxUnavailable }: RollingLimits): [Workload, number][] {
  const wanted = new Map(old.map(set => [set, set.spec.replicas ?? 0]));
  const minAvailable = replicas - maxUnavailable;
  const total = (newSet.spec.replicas ?? 0) + sum(wanted.values());
  const newUnavailable = (newSet.spec.replicas ?? 0) - available(newSet);
  let mayGo = total - minAvailable - newUnavailable;
  for (const set of old) {
    const unhealthy = Math.max(0, (wanted.get(set) ?? 0) - available(set));
    const gone = Math.max(0, Math.min(mayGo, unhealthy));
    wanted.set(set, (wanted.get(set) ?? 0) - gone);
    mayGo -= gone;
  }
  let spare = available(newSet) + sum(old.map(set => Math.min(available(set), wanted.get(set) ?? 0))) - minAvailable;
  for (const set of old) {
    const gone = Math.max(0, Math.min(spare, mayGo, wanted.get(set) ?? 0));
    wanted.set(set, (wanted.get(set) ?? 0) - gone);
    spare -= gone;
    mayGo -= gone;
  }
  return [...wanted];
}

const available = (set: Workload) => Number(set.status?.availableReplicas ?? 0);
const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);

function resolve(value: number | string, replicas: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  return value.endsWith("%") ? round((Number(value.slice(0, -1)) / 100) * replicas) : Number(value);
}
