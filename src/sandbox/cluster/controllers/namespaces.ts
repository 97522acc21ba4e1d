import type { KubernetesObject } from "../object.ts";
import { type Control, current, remove } from "./control.ts";

/** Every namespace has a default ServiceAccount and the ConfigMap with the API server's certificate. */
export function furnishNamespace(control: Control, given: KubernetesObject): void {
  const namespace = current(control, given);
  if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return;
  const within = { namespace: namespace.metadata.name ?? "" };
  const wanted: KubernetesObject[] = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", ...within } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kube-root-ca.crt", ...within },
      data: { "ca.crt": "-----BEGIN CERTIFICATE-----\nsimulated\n-----END CERTIFICATE-----\n" },
    },
  ];
  for (const object of wanted) {
    const kind = control.catalogue.byKind(object.kind);
    if (!control.storage.get(kind, within.namespace, object.metadata.name ?? "")) control.registry.create(kind, object);
  }
}

/** Deletes what a terminating namespace holds, and the namespace when nothing is left. */
export function emptyNamespace(control: Control, given: KubernetesObject): void {
  const namespace = current(control, given);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  const kinds = control.catalogue.all().filter(kind => kind.namespaced && kind.verbs.includes("list"));
  const name = namespace.metadata.name ?? "";
  const held = kinds.flatMap(kind => control.storage.list(kind, name));
  for (const object of held) if (object.metadata.deletionTimestamp === undefined) remove(control, object);
  if (kinds.some(kind => control.storage.list(kind, name).length > 0)) {
    control.timeline.after(control.timing.termination, () => emptyNamespace(control, namespace));
  } else if (!namespace.metadata.finalizers?.length) {
    control.storage.remove(control.catalogue.byKind("Namespace"), namespace);
  }
}
