import type { PodEnd, PodFailure, Symptom } from "../failures.ts";
import { suffixOf } from "../identifiers.ts";
import { type Condition, type Container, type Pod, type PodStatus, timestamp } from "../object.ts";
import { withCondition } from "./conditions.ts";

type PodState = "Starting" | "Running" | "Succeeded" | "Failed" | Exclude<Symptom, "Unschedulable">;

const WAITING: Partial<Record<PodState, string>> = {
  Starting: "ContainerCreating",
  CrashLoopBackOff: "CrashLoopBackOff",
  ImagePullBackOff: "ImagePullBackOff",
  CreateContainerConfigError: "CreateContainerConfigError",
};

const MESSAGES: Partial<Record<PodState, string>> = {
  CrashLoopBackOff: "back-off 5m0s restarting failed container",
  ImagePullBackOff: "Back-off pulling image",
  CreateContainerConfigError: "the container's configuration refers to something that is not there",
};

/** The status that a kubelet reports of a scheduled pod. */
export function podStatus(
  pod: Pod,
  { now, state, failure, end }: { now: number; state: PodState; failure?: PodFailure; end?: PodEnd | undefined },
): PodStatus {
  const phase = state === "Succeeded" || state === "Failed" ? state : runs(state) ? "Running" : "Pending";
  const containersReady = state === "Running";
  const gates = pod.spec.readinessGates ?? [];
  const isOpen = ({ conditionType }: { conditionType: string }) =>
    pod.status.conditions?.some(({ type, status }) => type === conditionType && status === "True") ?? false;
  const ready = containersReady && gates.every(isOpen);
  const initialized = state !== "Starting";
  const condition = (type: string, holds: boolean, reason?: string): Condition => ({
    type,
    lastProbeTime: null,
    status: holds ? "True" : "False",
    ...(holds || reason === undefined ? {} : { reason }),
  });
  const reason = phase === "Succeeded" ? "PodCompleted" : "ContainersNotReady";
  const conditions = [
    condition("PodReadyToStartContainers", initialized),
    condition("Initialized", initialized, "ContainersNotInitialized"),
    condition("Ready", ready, containersReady ? "ReadinessGatesNotReady" : reason),
    condition("ContainersReady", containersReady, reason),
    condition("PodScheduled", true),
  ];
  return {
    phase,
    conditions: conditions.reduce((known, each) => withCondition(known, each, now), pod.status.conditions ?? []),
    hostIP: "10.224.0.4",
    podIP: addressOf(pod),
    podIPs: [{ ip: addressOf(pod) }],
    startTime: typeof pod.status.startTime === "string" ? pod.status.startTime : timestamp(now),
    ...(pod.spec.initContainers?.length
      ? { initContainerStatuses: pod.spec.initContainers.map(each => initStatus(each, state, now)) }
      : {}),
    containerStatuses: pod.spec.containers.map((each, index) =>
      containerStatus(each, index === 0 || failure === undefined ? state : "Running", now, { failure, end }),
    ),
    qosClass: pod.status.qosClass ?? "BestEffort",
  };
}

const runs = (state: PodState) => state === "Running" || state === "NeverReady" || state === "CrashLoopBackOff";

function containerStatus(
  container: Container,
  state: PodState,
  now: number,
  { failure, end }: { failure?: PodFailure | undefined; end?: PodEnd | undefined } = {},
): object {
  const waiting = WAITING[state];
  const ended = state === "Succeeded" || state === "Failed";
  const exitCode = end?.exits ?? (state === "Succeeded" ? 0 : 1);
  const exit = {
    exitCode,
    reason: state === "Succeeded" ? "Completed" : "Error",
    ...(end?.message === undefined ? {} : { message: end.message }),
  };
  const terminated = { ...exit, startedAt: timestamp(now), finishedAt: timestamp(now) };
  const message = failure?.message ?? MESSAGES[state];
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    ready: state === "Running",
    started: runs(state) && state !== "CrashLoopBackOff",
    restartCount: state === "CrashLoopBackOff" ? (failure?.restartCount ?? 3) : 0,
    state: waiting
      ? { waiting: { reason: waiting, ...(message === undefined ? {} : { message }) } }
      : ended
        ? { terminated }
        : { running: { startedAt: timestamp(now) } },
    lastState: state === "CrashLoopBackOff" ? { terminated } : {},
  };
}

/** Native sidecars run beside the others; other init containers have ended when the pod runs. */
function initStatus(container: Container, state: PodState, now: number): object {
  if (container.restartPolicy === "Always") return containerStatus(container, runs(state) ? "Running" : state, now);
  const done = state === "Starting" ? "Starting" : "Succeeded";
  return { ...containerStatus(container, done, now), ready: done === "Succeeded" };
}

function addressOf(pod: Pod): string {
  const seed = suffixOf(pod.metadata.uid ?? "", 3);
  return `10.244.${seed.charCodeAt(0)}.${seed.charCodeAt(1) + (seed.charCodeAt(2) % 100)}`;
}
