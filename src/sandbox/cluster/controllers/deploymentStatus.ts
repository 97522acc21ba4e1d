import { type Condition, timestamp, type Workload } from "../object.ts";
import { counters, withCondition, withoutCondition } from "./conditions.ts";
import { type Control, current, writeStatus } from "./control.ts";
import { rollingLimits } from "./rollingUpdate.ts";

/** What the controller has just done, as far as the Progressing condition tells it. */
export type DeploymentStep = "created" | "paused" | "none";

interface Seen {
  newSet: Workload | undefined;
  sets: Workload[];
  step: DeploymentStep;
}

/** kubernetes pkg/controller/deployment/{sync,progress}.go: counters, and the conditions Available, Progressing, ReplicaFailure. */
export function writeDeploymentStatus(control: Control, given: Workload, { newSet, sets, step }: Seen): void {
  const deployment = (current(control, given) as Workload | undefined) ?? given;
  const of = (set: Workload | undefined, field: string) => Number(set?.status?.[field] ?? 0);
  const total = (field: string) => sets.reduce((sum, set) => sum + of(set, field), 0);
  const { replicas, maxUnavailable } = rollingLimits(deployment);
  const counts = {
    replicas: total("replicas"),
    updatedReplicas: of(newSet, "replicas"),
    readyReplicas: total("readyReplicas"),
    availableReplicas: total("availableReplicas"),
    unavailableReplicas: Math.max(0, replicas - total("availableReplicas")),
  };
  const now = control.timeline.now();
  const before = deployment.status?.conditions ?? [];
  let conditions = withCondition(before, availability(counts.availableReplicas >= replicas - maxUnavailable), now);
  conditions = withProgress(control, deployment, { newSet, step, counts, conditions });
  const failure = [newSet, ...sets]
    .flatMap(set => set?.status?.conditions ?? [])
    .find(condition => condition.type === "ReplicaFailure");
  conditions = failure
    ? withCondition(conditions, updated(failure, now), now)
    : withoutCondition(conditions, "ReplicaFailure");
  writeStatus(control, deployment, {
    observedGeneration: deployment.metadata.generation,
    ...counters(counts),
    terminatingReplicas: total("terminatingReplicas"),
    conditions,
  });
}

function availability(enough: boolean): Condition {
  return enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

interface Progress {
  newSet: Workload | undefined;
  step: DeploymentStep;
  counts: Record<string, number>;
  conditions: Condition[];
}

function withProgress(
  control: Control,
  deployment: Workload,
  { newSet, step, counts, conditions }: Progress,
): Condition[] {
  const now = control.timeline.now();
  const known = conditions.find(({ type }) => type === "Progressing");
  const set = (status: Condition["status"], reason: string, message: string) =>
    withCondition(conditions, updated({ type: "Progressing", status, reason, message }, now), now);
  if (step === "paused") {
    return known?.reason === "DeploymentPaused"
      ? conditions
      : set("Unknown", "DeploymentPaused", "Deployment is paused");
  }
  const name = newSet?.metadata.name ?? "";
  if (step === "created") return set("True", "NewReplicaSetCreated", `Created new replica set "${name}"`);
  const replicas = deployment.spec.replicas ?? 1;
  const complete =
    counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas === replicas;
  if (complete) {
    const message = `ReplicaSet "${name}" has successfully progressed.`;
    return known?.reason === "NewReplicaSetAvailable" && known.message === message
      ? conditions
      : set("True", "NewReplicaSetAvailable", message);
  }
  if (progressed(deployment, counts)) return set("True", "ReplicaSetUpdated", `ReplicaSet "${name}" is progressing.`);
  // A Deployment that was complete once is not judged by the deadline until it rolls again.
  if (!known || known.reason === "NewReplicaSetAvailable" || known.reason === "ProgressDeadlineExceeded")
    return conditions;
  const deadline = Number(deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
  const left = Date.parse(known.lastUpdateTime ?? "") + deadline - now;
  if (left <= 0) return set("False", "ProgressDeadlineExceeded", `ReplicaSet "${name}" has timed out progressing.`);
  control.requeue(deployment, left);
  return conditions;
}

/** Progress is more updated or ready pods, or fewer old ones. */
function progressed(deployment: Workload, counts: Record<string, number>): boolean {
  const before = (field: string) => Number(deployment.status?.[field] ?? 0);
  const after = (field: string) => counts[field] ?? 0;
  const oldBefore = before("replicas") - before("updatedReplicas");
  const oldAfter = after("replicas") - after("updatedReplicas");
  return (
    after("updatedReplicas") > before("updatedReplicas") ||
    oldAfter < oldBefore ||
    after("readyReplicas") > before("readyReplicas") ||
    after("availableReplicas") > before("availableReplicas")
  );
}

function updated(condition: Condition, now: number): Condition {
  return { ...condition, lastUpdateTime: timestamp(now) };
}
