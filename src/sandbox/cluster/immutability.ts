import { isRecord } from "../../core/kubernetes.ts";
import { canonicalJson } from "./identifiers.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject, type Pod } from "./object.ts";
import { cause, type StatusCause } from "./status.ts";

const STATEFUL_SET_FIELDS = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
];

/** What is wrong with a change: fields that cannot be changed (kubernetes pkg/apis/{core,apps,batch}/validation). */
export function updateCauses(kind: ServedKind, before: KubernetesObject, after: KubernetesObject): StatusCause[] {
  switch (kind.kind) {
    case "Deployment":
    case "ReplicaSet":
    case "DaemonSet":
      return immutable(["spec", "selector"], before, after);
    case "StatefulSet": {
      const changed = Object.keys({ ...record(before.spec), ...record(after.spec) }).filter(
        field => !STATEFUL_SET_FIELDS.includes(field) && !same(["spec", field], before, after),
      );
      if (changed.length === 0) return [];
      return [
        cause.forbidden(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      ];
    }
    case "Job":
      return [
        ...immutable(["spec", "selector"], before, after),
        ...immutable(["spec", "template"], before, after),
        ...immutable(["spec", "completionMode"], before, after),
      ];
    case "Pod":
      return podCauses(before as Pod, after as Pod);
    case "RoleBinding":
    case "ClusterRoleBinding":
      return same(["roleRef"], before, after) ? [] : [cause.invalid("roleRef", after.roleRef, "cannot change roleRef")];
    case "Secret":
    case "ConfigMap":
      if (before.immutable !== true) return kind.kind === "Secret" ? immutable(["type"], before, after) : [];
      return same(["data"], before, after) && after.immutable === true
        ? []
        : [cause.forbidden("data", "field is immutable when `immutable` is set")];
    default:
      return [];
  }
}

function podCauses(before: Pod, after: Pod): StatusCause[] {
  const allowed = copy(after.spec);
  for (const list of ["containers", "initContainers"] as const) {
    allowed[list]?.forEach((container, index) => {
      const image = before.spec[list]?.[index]?.image;
      if (image !== undefined) container.image = image;
    });
  }
  for (const field of ["tolerations", "activeDeadlineSeconds"]) {
    if (before.spec[field] === undefined) delete allowed[field];
    else allowed[field] = before.spec[field];
  }
  if (canonicalJson(allowed) === canonicalJson(before.spec)) return [];
  return [
    cause.forbidden(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n",
    ),
  ];
}

function immutable(path: string[], before: KubernetesObject, after: KubernetesObject): StatusCause[] {
  return same(path, before, after)
    ? []
    : [cause.invalid(path.join("."), at(path, after) ?? null, "field is immutable")];
}

function same(path: string[], before: KubernetesObject, after: KubernetesObject): boolean {
  return canonicalJson(at(path, before)) === canonicalJson(at(path, after));
}

function at(path: string[], object: unknown): unknown {
  return path.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), object);
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
