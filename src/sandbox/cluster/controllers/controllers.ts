import type { KubernetesObject, Pod, Workload } from "../object.ts";
import type { Change } from "../storage.ts";
import { type Control, current, type Reconcile } from "./control.ts";
import { reconcileDaemonSet } from "./daemonSet.ts";
import { reconcileDeployment } from "./deployment.ts";
import { collectDependents, finalize } from "./garbageCollector.ts";
import { isFinishedJob, reconcileJob } from "./job.ts";
import { Kubelet } from "./kubelet.ts";
import { emptyNamespace, furnishNamespace } from "./namespaces.ts";
import { reconcileReplicaSet } from "./replicaSet.ts";
import { reconcileStatefulSet } from "./statefulSet.ts";

const RECONCILE: Readonly<Record<string, Reconcile>> = {
  Deployment: reconcileDeployment,
  ReplicaSet: reconcileReplicaSet,
  ReplicationController: reconcileReplicaSet,
  StatefulSet: reconcileStatefulSet,
  DaemonSet: reconcileDaemonSet,
  Job: reconcileJob,
};

/** Everything that reacts to changes: one reconciliation of an object follows its changes and those of its dependents. */
export class Controllers {
  readonly #control: Control;
  readonly #kubelet: Kubelet;
  /** When each object's next reconciliation is due, by uid. */
  readonly #due = new Map<string, number>();

  constructor(parts: Omit<Control, "requeue">) {
    this.#control = { ...parts, requeue: (object, milliseconds) => this.#requeue(object, milliseconds) };
    this.#kubelet = new Kubelet(this.#control);
    parts.storage.subscribe(change => this.#observe(change));
  }

  /** To be called when a failure was taken back. */
  failuresChanged(): void {
    this.#kubelet.failuresChanged();
  }

  #observe({ type, object, previous }: Change): void {
    const { timeline, timing } = this.#control;
    if (type !== "DELETED") {
      if (object.kind === "Pod") this.#kubelet.observe(object as Pod);
      if (object.kind === "Namespace") {
        // At once: a client that creates a namespace and then a pod in it finds the account there.
        if (type === "ADDED") timeline.after(0, () => furnishNamespace(this.#control, object));
        else timeline.after(timing.reaction, () => emptyNamespace(this.#control, object));
      }
      if (object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.length) {
        timeline.after(timing.reaction, () => finalize(this.#control, object));
      }
      this.#requeue(object, timing.reaction);
    } else if (object.kind !== "Pod") {
      timeline.after(timing.reaction, () => collectDependents(this.#control, object));
    }
    if (previous?.kind === "Node" || object.kind === "Node") this.#requeueAll("DaemonSet");
    this.#requeueOwner(object);
  }

  #requeueAll(kindName: string): void {
    const kind = this.#control.catalogue.byKind(kindName);
    for (const object of this.#control.storage.list(kind)) this.#requeue(object, this.#control.timing.reaction);
  }

  #requeueOwner(object: KubernetesObject): void {
    const reference = object.metadata.ownerReferences?.find(({ controller }) => controller);
    const kind = reference && this.#control.catalogue.byObject(reference);
    const owner = kind && this.#control.storage.get(kind, object.metadata.namespace, reference.name);
    if (owner && owner.metadata.uid === reference.uid) this.#requeue(owner, this.#control.timing.reaction);
  }

  #requeue(object: KubernetesObject, milliseconds: number): void {
    const reconcile = RECONCILE[object.kind];
    if (!reconcile) return;
    if (
      object.kind === "Job" &&
      isFinishedJob(object as Workload) &&
      (object as Workload).spec.ttlSecondsAfterFinished === undefined
    )
      return;
    const { timeline } = this.#control;
    const uid = object.metadata.uid ?? "";
    const due = timeline.now() + milliseconds;
    if ((this.#due.get(uid) ?? Number.POSITIVE_INFINITY) <= due) return;
    this.#due.set(uid, due);
    timeline.after(milliseconds, () => {
      if (this.#due.get(uid) === due) this.#due.delete(uid);
      const stored = current(this.#control, object);
      if (stored) reconcile(this.#control, stored);
    });
  }
}
