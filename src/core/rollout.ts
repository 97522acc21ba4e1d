import { isRecord, type KubernetesObject } from "./kubernetes.ts";

/**
 * How far a rollout is. `stuck` may still mend itself (a quota that is raised, an account that appears), so whoever waits gives
 * it a while; `failed` is the controller's own last word.
 */
export type RolloutVerdict =
  | { state: "done"; replicas: number }
  | { state: "waiting" | "stuck" | "failed"; message: string };

/** Judges as kubectl does (pkg/polymorphichelpers/rollout_status.go), and reads the conditions that it leaves out. */
export function rolloutVerdict(workload: KubernetesObject): RolloutVerdict {
  const { generation = 0 } = workload.metadata;
  if (number(workload.status?.observedGeneration) < generation)
    return waiting("the controller has not seen the change yet");
  switch (workload.kind) {
    case "Deployment":
      return deployment(workload);
    case "StatefulSet":
      return statefulSet(workload);
    case "DaemonSet":
      return daemonSet(workload);
    default:
      return { state: "done", replicas: 0 };
  }
}

function deployment({ spec, status }: KubernetesObject): RolloutVerdict {
  const progressing = condition(status, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return { state: "failed", message: text(progressing.message) };
  const wanted = number(spec?.replicas, 1);
  const [updated, replicas, available] = [
    number(status?.updatedReplicas),
    number(status?.replicas),
    number(status?.availableReplicas),
  ];
  const failure = condition(status, "ReplicaFailure");
  const refusal = failure?.status === "True" ? text(failure.message) : undefined;
  if (refusal !== undefined && available < wanted) return { state: "stuck", message: refusal };
  // With all old pods still there a refusal may pass as soon as one of them goes: it is told, not taken for an end.
  const because = refusal === undefined ? "" : `: ${refusal}`;
  if (updated < wanted) return waiting(`${updated} of ${wanted} new replicas exist${because}`);
  if (replicas > updated) return waiting(`old replicas still there: ${replicas - updated}${because}`);
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available${because}`);
  return { state: "done", replicas: wanted };
}

function statefulSet({ spec, status }: KubernetesObject): RolloutVerdict {
  const wanted = number(spec?.replicas, 1);
  const ready = number(status?.readyReplicas);
  if (ready < wanted) return waiting(`${ready} of ${wanted} replicas are ready`);
  const strategy = isRecord(spec?.updateStrategy) ? spec.updateStrategy : {};
  const partition = isRecord(strategy.rollingUpdate) ? number(strategy.rollingUpdate.partition) : 0;
  const updated = number(status?.updatedReplicas);
  if (partition > 0) {
    return updated < wanted - partition
      ? waiting(`${updated} of ${wanted - partition} replicas above the partition are updated`)
      : { state: "done", replicas: updated };
  }
  if (status?.updateRevision !== status?.currentRevision)
    return waiting(`${updated} of ${wanted} replicas are updated`);
  return { state: "done", replicas: wanted };
}

function daemonSet({ status }: KubernetesObject): RolloutVerdict {
  const wanted = number(status?.desiredNumberScheduled);
  const updated = number(status?.updatedNumberScheduled);
  if (updated < wanted) return waiting(`${updated} of ${wanted} pods are updated`);
  const available = number(status?.numberAvailable);
  if (available < wanted) return waiting(`${available} of ${wanted} updated pods are available`);
  return { state: "done", replicas: wanted };
}

/** Reasons that a container gives for not starting, and that seldom go away by waiting. */
const hopeless = new Set([
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
]);

/** What keeps a pod from starting, as `pod/container: reason`; undefined where nothing does. */
export function stuckContainer(pod: KubernetesObject): string | undefined {
  for (const list of [pod.status?.initContainerStatuses, pod.status?.containerStatuses]) {
    for (const status of Array.isArray(list) ? list : []) {
      const state = isRecord(status) && isRecord(status.state) ? status.state : {};
      const reason = isRecord(state.waiting) ? state.waiting.reason : undefined;
      if (isRecord(status) && typeof reason === "string" && hopeless.has(reason))
        return `${pod.metadata.name}/${text(status.name)}: ${reason}`;
    }
  }
  return undefined;
}

function condition(status: KubernetesObject["status"], type: string): Record<string, unknown> | undefined {
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  return conditions.find(one => isRecord(one) && one.type === type) as Record<string, unknown> | undefined;
}

function waiting(message: string): RolloutVerdict {
  return { state: "waiting", message };
}

function number(value: unknown, otherwise = 0): number {
  return typeof value === "number" ? value : otherwise;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
