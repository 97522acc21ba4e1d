import type { KubernetesObject } from "../object.ts";
import type { Control } from "./control.ts";

/** The workload at the top of an object's chain of controllers: the Deployment of a pod, not its ReplicaSet. */
export function rootOwner(control: Control, object: KubernetesObject): KubernetesObject {
  const reference = object.metadata.ownerReferences?.find(({ controller }) => controller);
  const kind = reference && control.catalogue.byObject(reference);
  const owner = kind && control.storage.get(kind, object.metadata.namespace, reference.name);
  return owner && owner.metadata.uid === reference.uid ? rootOwner(control, owner) : object;
}
