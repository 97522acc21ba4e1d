import type { KubernetesObject, Pod } from "./object.ts";

/** A request that is answered with an error, or not at all, before the API server looks at it. */
export interface RequestFailure {
  request: { method?: string; path: string | RegExp };
  /** HTTP status of the answer; "hangUp" closes the connection without one. */
  answer: number | "hangUp";
  reason?: string;
  message?: string;
  retryAfterSeconds?: number;
  /** How often; always when left out. */
  count?: number;
}

/** What goes wrong with pods: the waiting reason of their first container, or a pod that stays unready or unscheduled. */
export type Symptom =
  | "CrashLoopBackOff"
  | "ImagePullBackOff"
  | "CreateContainerConfigError"
  | "NeverReady"
  | "Unschedulable";

/** New pods of a workload (or of all) that do not get ready; pods that already run are left alone. */
export interface PodFailure {
  pods: Symptom;
  workload?: { kind: string; namespace: string; name: string };
  /** Restricts the failure, for instance to the pods of the new template. */
  when?: (pod: Pod) => boolean;
  restartCount?: number;
  message?: string;
}

/** Pods that are not restarted and whose containers end by themselves: with this code, after this last word. */
export interface PodEnd {
  exits: number;
  message?: string;
  when: (pod: Pod) => boolean;
}

/** Creation of pods that a ResourceQuota refuses. */
export interface QuotaFailure {
  quota: { namespace: string; name: string; requested: string; used: string; limited: string };
}

/** The workload identity webhook cannot be reached: labelled pods are refused, as its failurePolicy is Fail. */
export interface WebhookFailure {
  webhook: "unavailable";
}

export type Failure = RequestFailure | PodFailure | PodEnd | QuotaFailure | WebhookFailure;

/** The failures that are on at present. */
export class Failures {
  readonly #active = new Set<Failure>();

  /** Turns a failure on; the returned function turns it off. */
  add(failure: Failure): () => void {
    const active = { ...failure };
    this.#active.add(active);
    return () => this.#active.delete(active);
  }

  /** The failure that this request meets, counted. */
  ofRequest(method: string, path: string): RequestFailure | undefined {
    for (const failure of this.#active) {
      if (!("request" in failure)) continue;
      const { method: wanted, path: pattern } = failure.request;
      if (wanted !== undefined && wanted !== method) continue;
      const matches = typeof pattern === "string" ? path.split("?")[0] === pattern : pattern.test(path);
      if (!matches) continue;
      if (failure.count !== undefined && --failure.count <= 0) this.#active.delete(failure);
      return failure;
    }
    return undefined;
  }

  /** What is wrong with a pod of this workload. */
  ofPod(pod: Pod, workload: KubernetesObject | undefined): PodFailure | undefined {
    for (const failure of this.#active) {
      if (!("pods" in failure)) continue;
      const { workload: wanted, when } = failure;
      if (when && !when(pod)) continue;
      const matches =
        !wanted ||
        (workload?.kind === wanted.kind &&
          workload.metadata.name === wanted.name &&
          workload.metadata.namespace === wanted.namespace);
      if (matches) return failure;
    }
    return undefined;
  }

  /** How this pod's containers end; undefined for one that runs until it is deleted. */
  endOf(pod: Pod): PodEnd | undefined {
    for (const failure of this.#active) if ("exits" in failure && failure.when(pod)) return failure;
    return undefined;
  }

  quotaOf(namespace: string): QuotaFailure["quota"] | undefined {
    for (const failure of this.#active) {
      if ("quota" in failure && failure.quota.namespace === namespace) return failure.quota;
    }
    return undefined;
  }

  get webhookUnavailable(): boolean {
    return [...this.#active].some(failure => "webhook" in failure);
  }
}
