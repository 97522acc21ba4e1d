import type { Symptom } from "../failures.ts";
import { type Condition, copy, type Pod } from "../object.ts";
import { withCondition } from "./conditions.ts";
import { type Control, current } from "./control.ts";
import { nodesFor, pinnedNode } from "./nodes.ts";
import { podStatus } from "./podStatus.ts";
import { rootOwner } from "./rootOwner.ts";

/**
 * What scheduler and kubelets do with a pod: it gets a node, becomes ready, ends when it belongs to a Job, and is gone some
 * time after its deletion. Pods that a failure is meant for stop on the way and go on when the failure is taken back.
 */
export class Kubelet {
  readonly #control: Control;
  readonly #seen = new Set<string>();
  #scheduled = 0;
  /** Pods that wait for the end of a failure. */
  readonly #held = new Map<string, Pod>();

  constructor(control: Control) {
    this.#control = control;
  }

  /** Called for every pod that was added or changed. */
  observe(pod: Pod): void {
    const { timeline, timing } = this.#control;
    const uid = pod.metadata.uid ?? "";
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!this.#seen.has(`${uid}/end`) && !pod.metadata.finalizers?.length) {
        this.#seen.add(`${uid}/end`);
        timeline.after(timing.termination, () => this.#end(pod));
      }
      return;
    }
    if (this.#seen.has(uid)) return;
    this.#seen.add(uid);
    if (pod.status.phase === "Pending") timeline.after(timing.scheduling, () => this.#schedule(pod));
  }

  /** Looks again at the pods that failures held up. */
  failuresChanged(): void {
    for (const [uid, pod] of [...this.#held]) {
      this.#held.delete(uid);
      this.#control.timeline.after(this.#control.timing.readiness, () => this.#schedule(pod));
    }
  }

  #schedule(pod: Pod): void {
    const stored = current(this.#control, pod) as Pod | undefined;
    if (!stored || stored.metadata.deletionTimestamp !== undefined) return;
    const failure = this.#failureOf(stored);
    const node = stored.spec.nodeName ?? this.#nodeFor(stored);
    if (failure?.pods === "Unschedulable" || node === undefined) {
      const message =
        failure?.message ?? "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
      const condition: Condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
      const next = copy(stored);
      next.status.conditions = withCondition(next.status.conditions ?? [], condition, this.#control.timeline.now());
      this.#put(next);
      this.#held.set(pod.metadata.uid ?? "", pod);
      return;
    }
    const next = copy(stored);
    next.spec.nodeName = node;
    const now = this.#control.timeline.now();
    next.status = podStatus(next, { now, state: "Starting" });
    this.#put(next);
    this.#control.timeline.after(this.#control.timing.readiness, () => this.#start(pod));
  }

  #start(pod: Pod): void {
    const stored = current(this.#control, pod) as Pod | undefined;
    if (!stored || stored.metadata.deletionTimestamp !== undefined) return;
    const next = copy(stored);
    const failure = this.#failureOf(stored);
    const { now, after } = { now: this.#control.timeline.now(), after: this.#control.timing.completion };
    if (failure) {
      const endsForGood = failure.pods === "CrashLoopBackOff" && stored.spec.restartPolicy === "Never";
      next.status = endsForGood
        ? podStatus(next, { now, state: "Failed" })
        : podStatus(next, { now, state: failure.pods as Exclude<Symptom, "Unschedulable">, failure });
      this.#put(next);
      if (!endsForGood) this.#held.set(pod.metadata.uid ?? "", pod);
      return;
    }
    next.status = podStatus(next, { now, state: "Running" });
    this.#put(next);
    if (this.#completes(stored)) this.#control.timeline.after(after, () => this.#complete(pod));
    else if (stored.spec.restartPolicy === "Never" && this.#control.failures.endOf(stored))
      this.#control.timeline.after(after, () => this.#complete(pod));
  }

  /** A Job's pod ends when all its containers do; a proxy that is no native sidecar never does (azure-workload-identity #773). */
  #completes(pod: Pod): boolean {
    const ofJob = pod.metadata.ownerReferences?.some(({ kind, controller }) => kind === "Job" && controller) ?? false;
    return ofJob && !pod.spec.containers.some(({ name }) => name === "azwi-proxy");
  }

  #complete(pod: Pod): void {
    const stored = current(this.#control, pod) as Pod | undefined;
    if (!stored || stored.metadata.deletionTimestamp !== undefined) return;
    const next = copy(stored);
    const end = this.#control.failures.endOf(stored);
    const state = end && end.exits !== 0 ? "Failed" : "Succeeded";
    next.status = podStatus(next, { now: this.#control.timeline.now(), state, end });
    this.#put(next);
  }

  #end(pod: Pod): void {
    const stored = current(this.#control, pod);
    if (stored && !stored.metadata.finalizers?.length) {
      this.#control.storage.remove(this.#control.catalogue.byKind("Pod"), stored);
    }
  }

  #failureOf(pod: Pod) {
    return this.#control.failures.ofPod(pod, rootOwner(this.#control, pod));
  }

  #nodeFor(pod: Pod): string | undefined {
    const nodes = nodesFor(this.#control, pod.spec.nodeSelector);
    const pinned = pinnedNode(pod.spec);
    if (pinned !== undefined) return nodes.find(({ metadata }) => metadata.name === pinned)?.metadata.name;
    return nodes[this.#scheduled++ % Math.max(1, nodes.length)]?.metadata.name;
  }

  #put(pod: Pod): void {
    this.#control.storage.put(this.#control.catalogue.byKind("Pod"), pod);
  }
}
