import { isRecord } from "../../core/kubernetes.ts";
import { canonicalJson } from "./identifiers.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject } from "./object.ts";
import { badRequest, cause, conflict, invalid, modified } from "./status.ts";

/** What an error about a request names. */
export function resourceOf(kind: ServedKind): { group: string; resource: string } {
  return { group: kind.group, resource: kind.plural };
}

/** How an update is judged: a PUT by other rules than a PATCH, the status apart from the rest. */
export interface UpdateManner {
  subresource?: "status";
  replace?: boolean;
}

/** Refuses an update that means another object, or another state of it, than the present one. */
export function checkIdentity(
  kind: ServedKind,
  current: KubernetesObject,
  next: KubernetesObject,
  options: UpdateManner,
): void {
  const name = current.metadata.name ?? "";
  if (!next.metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (next.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${next.metadata.name ?? ""}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.namespaced && (next.metadata.namespace ?? current.metadata.namespace) !== current.metadata.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const { uid, resourceVersion } = next.metadata;
  if (uid && uid !== current.metadata.uid && !options.replace) {
    const refused = cause.invalid("metadata.uid", uid, "field is immutable");
    throw invalid({ group: kind.group, resource: kind.kind }, name, [refused, refused]);
  }
  if (uid && uid !== current.metadata.uid) {
    const failed = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    const key = ["", "registry", kind.plural, ...(kind.namespaced ? [current.metadata.namespace] : []), name].join("/");
    const storage = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0`;
    throw conflict(resourceOf(kind), name, `${storage}, AdditionalErrorMsg: ${failed}`);
  }
  if (!resourceVersion && options.replace && !kind.unconditionalUpdate) {
    const refused = cause.invalid("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalid({ group: kind.group, resource: kind.plural }, name, [refused]);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw modified(resourceOf(kind), name);
}

/** Restores in an updated object what only the API server may change. */
export function keepSystemFields(
  kind: ServedKind,
  current: KubernetesObject,
  next: KubernetesObject,
  options: UpdateManner,
): void {
  const kept = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const;
  next.apiVersion = current.apiVersion;
  next.kind = current.kind;
  for (const field of [...kept, "generation", "namespace"] as const) {
    const value = current.metadata[field];
    if (value === undefined) delete next.metadata[field];
    else (next.metadata as Record<string, unknown>)[field] = value;
  }
  for (const field of ["labels", "annotations"] as const) {
    if (Object.keys(next.metadata[field] ?? {}).length === 0) delete next.metadata[field];
  }
  for (const field of ["finalizers", "ownerReferences"] as const) {
    if (next.metadata[field]?.length === 0) delete next.metadata[field];
  }
  if (options.subresource === "status") {
    for (const field of Object.keys(next)) if (field !== "status") delete next[field];
    Object.assign(next, { ...copy(current), status: next.status });
  } else if (kind.subresources.some(({ name }) => name === "status")) {
    if (current.status === undefined) delete next.status;
    else next.status = copy(current.status);
  }
}

/** Raises metadata.generation where the kind's rule says so. */
export function raiseGeneration(kind: ServedKind, current: KubernetesObject, next: KubernetesObject): void {
  if (!kind.generation) return;
  const changed = {
    spec: () => canonicalJson(current.spec) !== canonicalJson(next.spec),
    specOrAnnotations: () =>
      canonicalJson([current.spec, kind.group === "apps" ? current.metadata.annotations : 0]) !==
      canonicalJson([next.spec, kind.group === "apps" ? next.metadata.annotations : 0]),
    all: () => canonicalJson({ ...current, metadata: 0 }) !== canonicalJson({ ...next, metadata: 0 }),
  }[kind.generation]();
  if (changed) next.metadata.generation = (current.metadata.generation ?? 0) + 1;
}

/** Whether an update changes nothing, in which case nothing is written. */
export function sameContent(current: KubernetesObject, next: KubernetesObject): boolean {
  const content = (object: KubernetesObject) =>
    canonicalJson({ ...object, metadata: { ...object.metadata, managedFields: undefined } });
  return isRecord(next) && content(current) === content(next);
}

/** DaemonSets count the changes of their template in an annotation that clients cannot change (kubernetes pkg/registry/apps/daemonset/strategy.go). */
export function keepTemplateGeneration(current: KubernetesObject | undefined, next: KubernetesObject): void {
  const template = (object: KubernetesObject | undefined) =>
    canonicalJson(isRecord(object?.spec) ? object.spec.template : undefined);
  const key = "deprecated.daemonset.template.generation";
  const before = Number(current?.metadata.annotations?.[key] ?? (current ? 1 : 0));
  const generation = template(current) === template(next) ? before : before + 1;
  next.metadata.annotations = { ...next.metadata.annotations, [key]: String(generation) };
}
