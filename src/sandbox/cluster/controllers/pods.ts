import { controllerReference, copy, type KubernetesObject, type Pod, type PodTemplate } from "../object.ts";
import { ApiError } from "../status.ts";
import { type Control, controlledBy, recordEvent } from "./control.ts";

/** The pods that an object controls, terminating and finished ones too. */
export function podsOf(control: Control, owner: KubernetesObject): Pod[] {
  return controlledBy(control, owner, "Pod") as Pod[];
}

/** Neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isFinished(pod);
}

export function isFinished(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** Milliseconds until a ready pod counts as available; 0 when it does, undefined when it is not ready. */
function untilAvailable(pod: Pod, minReadySeconds: number, now: number): number | undefined {
  const ready = pod.status.conditions?.find(({ type, status }) => type === "Ready" && status === "True");
  if (!ready) return undefined;
  return Math.max(0, Date.parse(ready.lastTransitionTime ?? "") + minReadySeconds * 1000 - now);
}

/** How many pods are available; asks to look again when the next one will be. */
export function countAvailable(
  control: Control,
  owner: KubernetesObject,
  pods: Pod[],
  minReadySeconds: number,
): number {
  const waits = pods.map(pod => untilAvailable(pod, minReadySeconds, control.timeline.now()));
  const later = waits.filter(wait => wait !== undefined && wait > 0) as number[];
  if (later.length > 0) control.requeue(owner, Math.min(...later));
  return waits.filter(wait => wait === 0).length;
}

/** What a controller adds to the pod template. */
export interface PodIdentity {
  name?: string;
  labels?: Record<string, string>;
  spec?: Partial<Pod["spec"]>;
}

/** Creates a pod of a template; a refusal is recorded as an Event and returned, and the owner is looked at again later. */
export function createPod(
  control: Control,
  owner: KubernetesObject,
  template: PodTemplate,
  identity: PodIdentity = {},
): ApiError | undefined {
  const { labels = {}, annotations } = template.metadata ?? {};
  const name = identity.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: identity.name };
  const pod: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...name,
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      labels: { ...labels, ...identity.labels },
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...copy(template.spec), ...identity.spec },
  };
  try {
    control.registry.create(control.catalogue.byKind("Pod"), pod);
    attempts(control).delete(owner.metadata.uid ?? "");
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    recordEvent(control, owner, { reason: "FailedCreate", message: `Error creating: ${error.message}` });
    retryLater(control, owner);
    return error;
  }
}

const failedAttempts = new WeakMap<Control, Map<string, number>>();

function attempts(control: Control): Map<string, number> {
  const known = failedAttempts.get(control) ?? new Map<string, number>();
  failedAttempts.set(control, known);
  return known;
}

function retryLater(control: Control, owner: KubernetesObject): void {
  const uid = owner.metadata.uid ?? "";
  const failed = attempts(control).get(uid) ?? 0;
  attempts(control).set(uid, failed + 1);
  control.requeue(owner, Math.min(control.timing.retry * 2 ** failed, 5 * 60_000));
}
