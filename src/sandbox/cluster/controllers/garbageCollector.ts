import type { ServedKind } from "../kinds.ts";
import { copy, type KubernetesObject } from "../object.ts";
import { type Control, current, remove } from "./control.ts";

/** What the deletion of an owner means for its dependents (kubernetes pkg/controller/garbagecollector). */
export function collectDependents(control: Control, owner: KubernetesObject): void {
  for (const [, dependent] of dependentsOf(control, owner)) {
    const others = (dependent.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    if (!others.some(reference => ownerExists(control, dependent, reference))) remove(control, dependent);
  }
}

/** Works off the finalizers `foregroundDeletion` and `orphan` of an object that is being deleted. */
export function finalize(control: Control, given: KubernetesObject): void {
  const object = current(control, given);
  if (object?.metadata.deletionTimestamp === undefined) return;
  const dependents = dependentsOf(control, object);
  if (object.metadata.finalizers?.includes("orphan")) {
    for (const [kind, dependent] of dependents) disown(control, kind, dependent, object);
    release(control, object, "orphan");
  } else if (object.metadata.finalizers?.includes("foregroundDeletion")) {
    if (dependents.length === 0) {
      release(control, object, "foregroundDeletion");
      return;
    }
    for (const [, dependent] of dependents)
      if (dependent.metadata.deletionTimestamp === undefined) remove(control, dependent);
    control.timeline.after(control.timing.termination, () => finalize(control, object));
  }
}

function dependentsOf(control: Control, owner: KubernetesObject): [ServedKind, KubernetesObject][] {
  return control.storage.ownedBy(owner.metadata.uid);
}

function ownerExists(
  control: Control,
  dependent: KubernetesObject,
  reference: { apiVersion: string; kind: string; name: string; uid: string },
): boolean {
  const kind = control.catalogue.byObject(reference);
  const owner = kind && control.storage.get(kind, dependent.metadata.namespace, reference.name);
  return owner?.metadata.uid === reference.uid;
}

function disown(control: Control, kind: ServedKind, dependent: KubernetesObject, owner: KubernetesObject): void {
  const next = copy(dependent);
  const others = (next.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  if (others.length > 0) next.metadata.ownerReferences = others;
  else delete next.metadata.ownerReferences;
  control.storage.put(kind, next);
}

function release(control: Control, object: KubernetesObject, finalizer: string): void {
  const kind = control.catalogue.byObject(object);
  if (!kind) return;
  const { namespace, name = "" } = object.metadata;
  control.registry.update(kind, { namespace, name }, stored => {
    stored.metadata.finalizers = stored.metadata.finalizers?.filter(each => each !== finalizer) ?? [];
    return stored;
  });
}
