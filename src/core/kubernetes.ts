/** A JSON value, as RFC 8259 has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * `metadata` as far as this project reads it. `managers` and `fieldManagers` replace `managedFields`, which collectors reduce to who
 * wrote the object and who manages the fields that steps change (`watchedFields`), the last to write them last.
 */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managers?: string[];
  fieldManagers?: FieldManager[];
}

/** `fields` by the names that `watchedFields` gives them. */
export interface FieldManager {
  manager: string;
  fields: readonly string[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid?: string;
  controller?: boolean;
}

/** Any object of the Kubernetes API as raw JSON: the parts below `metadata` stay as the server or the file has them. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: JsonObject;
  status?: JsonObject;
  [field: string]: Json | ObjectMeta | undefined;
}

export interface EnvVar {
  name: string;
  value?: string;
}

export interface Container {
  name: string;
  image?: string;
  args?: string[];
  command?: string[];
  env?: EnvVar[];
}

export interface Volume {
  name: string;
  projected?: {
    sources?: { serviceAccountToken?: { audience?: string; path?: string; expirationSeconds?: number } }[];
  };
}

/** The fields of a pod spec that matching, mapping and verification read. */
export interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  hostNetwork?: boolean;
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  os?: { name?: string };
  containers?: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: PodSpec;
}

/** Built-in kinds whose objects hold a pod template, with the place where it is; a Pod is its own template. */
export const podTemplatePaths: Readonly<Record<string, { apiVersion: string; path: readonly string[] }>> = {
  Deployment: { apiVersion: "apps/v1", path: ["spec", "template"] },
  StatefulSet: { apiVersion: "apps/v1", path: ["spec", "template"] },
  DaemonSet: { apiVersion: "apps/v1", path: ["spec", "template"] },
  ReplicaSet: { apiVersion: "apps/v1", path: ["spec", "template"] },
  ReplicationController: { apiVersion: "v1", path: ["spec", "template"] },
  Job: { apiVersion: "batch/v1", path: ["spec", "template"] },
  CronJob: { apiVersion: "batch/v1", path: ["spec", "jobTemplate", "spec", "template"] },
  Pod: { apiVersion: "v1", path: [] },
};

/** Where the pod template of this object is, or undefined when it has none. The API group must fit, the version may be an older one. */
export function podTemplatePath(object: { apiVersion: string; kind: string }): readonly string[] | undefined {
  const known = Object.hasOwn(podTemplatePaths, object.kind) ? podTemplatePaths[object.kind] : undefined;
  if (!known) return undefined;
  const group = apiGroup(object.apiVersion);
  // Old manifests have Deployments and DaemonSets in extensions/v1beta1; their templates sit at the same place.
  return group === apiGroup(known.apiVersion) || group === "extensions" ? known.path : undefined;
}

/** The pod template of a workload (of a Pod: the pod itself), or undefined when there is none to read. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const path = podTemplatePath(object);
  if (!path) return undefined;
  let value: unknown = object;
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return isRecord(value) ? (value as PodTemplate) : undefined;
}

export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/**
 * How a kind is named where kinds of several groups meet: Kubernetes' own (and pod identity's) by their kind, others with their
 * group, as `Service.serving.knative.dev`. Versions do not count.
 */
export function kindKey({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  const group = apiGroup(apiVersion);
  return group.includes(".") && !group.endsWith(".k8s.io") ? `${kind}.${group}` : kind;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The service account that pods of this spec run as: both spellings of the field, and `default` where neither is set. */
export function serviceAccountOf(spec: PodSpec | undefined): string {
  return spec?.serviceAccountName || spec?.serviceAccount || "default";
}
