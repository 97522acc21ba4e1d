import type { Catalogue } from "../catalogue.ts";
import type { Deletion } from "../deletion.ts";
import type { Failures } from "../failures.ts";
import { suffixOf } from "../identifiers.ts";
import type { ServedKind } from "../kinds.ts";
import { isControlledBy, type KubernetesObject, timestamp } from "../object.ts";
import type { Registry } from "../registry.ts";
import type { Storage } from "../storage.ts";
import type { Timeline } from "../timeline.ts";

/** How long things take in the simulated cluster, in milliseconds of its clock. */
export interface Timing {
  /** From a change to the controllers that react to it. */
  reaction: number;
  /** From the creation of a pod to its node. */
  scheduling: number;
  /** From there until it is ready. */
  readiness: number;
  /** From a pod's deletion until it is gone. */
  termination: number;
  /** From the readiness of a Job's pod until it has succeeded. */
  completion: number;
  /** From a refused creation to the first new attempt; it doubles each time up to five minutes. */
  retry: number;
}

/** What the controllers work with. */
export interface Control {
  catalogue: Catalogue;
  storage: Storage;
  registry: Registry;
  deletion: Deletion;
  failures: Failures;
  timeline: Timeline;
  timing: Timing;
  /** Reconciles an object after a while; several wishes for the same moment or a later one are met once. */
  requeue: (object: KubernetesObject, milliseconds: number) => void;
}

/** Brings one object nearer to what it asks for; called after every change of it or its dependents. */
export type Reconcile = (control: Control, object: KubernetesObject) => void;

/** Replaces an object's status; nothing is written where it is the same. */
export function writeStatus(control: Control, object: KubernetesObject, status: object): KubernetesObject {
  const kind = kindOf(control, object);
  const { namespace, name = "" } = object.metadata;
  const change = (current: KubernetesObject) => ({ ...current, status });
  return control.registry.update(kind, { namespace, name }, change, { subresource: "status" }).object;
}

export function kindOf(control: Control, object: KubernetesObject): ServedKind {
  return control.catalogue.byObject(object) ?? control.catalogue.byKind(object.kind);
}

/** The object as it is stored now, if it is still the same one. */
export function current(control: Control, object: KubernetesObject): KubernetesObject | undefined {
  const { namespace, name = "", uid } = object.metadata;
  const stored = control.storage.get(kindOf(control, object), namespace, name);
  return stored?.metadata.uid === uid ? stored : undefined;
}

/** The objects of a kind that an object controls. */
export function controlledBy(control: Control, owner: KubernetesObject, kindName: string): KubernetesObject[] {
  return control.storage
    .ownedBy(owner.metadata.uid)
    .filter(([kind, object]) => kind.kind === kindName && isControlledBy(object, owner.metadata.uid))
    .map(([, object]) => object);
}

export function remove(control: Control, object: KubernetesObject): void {
  const { namespace, name = "" } = object.metadata;
  control.deletion.delete(kindOf(control, object), { namespace, name });
}

/** Leaves an Event about an object, as controllers do for what they cannot do. */
export function recordEvent(
  control: Control,
  about: KubernetesObject,
  event: { reason: string; message: string },
): void {
  const kind = control.catalogue.byKind("Event");
  const { namespace, name = "", uid } = about.metadata;
  const eventName = `${name}.${suffixOf(`${uid}/${event.reason}/${event.message}`, 16)}`;
  const now = timestamp(control.timeline.now());
  const known = control.storage.get(kind, namespace, eventName);
  control.storage.put(kind, {
    apiVersion: "v1",
    kind: "Event",
    metadata: known?.metadata ?? {
      name: eventName,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: now,
    },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid },
    ...event,
    type: "Warning",
    count: Number(known?.count ?? 0) + 1,
    firstTimestamp: known?.firstTimestamp ?? now,
    lastTimestamp: now,
    source: { component: `${about.kind.toLowerCase()}-controller` },
  });
}
