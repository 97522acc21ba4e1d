/** A reference from an object to the one that owns it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The parts of ObjectMeta that the simulated API server reads; others pass through untouched. */
export interface Metadata {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  [field: string]: unknown;
}

/** Any Kubernetes object, as its JSON. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  [field: string]: unknown;
}

export interface VolumeMount {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  [field: string]: unknown;
}

export interface Container {
  name: string;
  image?: string;
  env?: EnvironmentVariable[];
  volumeMounts?: VolumeMount[];
  restartPolicy?: string;
  [field: string]: unknown;
}

export interface ProjectedSource {
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number };
  [field: string]: unknown;
}

export interface Volume {
  name: string;
  projected?: { sources?: ProjectedSource[]; defaultMode?: number };
  [field: string]: unknown;
}

export interface PodSpec {
  serviceAccountName?: string;
  serviceAccount?: string;
  nodeName?: string;
  hostNetwork?: boolean;
  automountServiceAccountToken?: boolean;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  imagePullSecrets?: { name: string }[];
  restartPolicy?: string;
  nodeSelector?: Record<string, string>;
  readinessGates?: { conditionType: string }[];
  [field: string]: unknown;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; [field: string]: unknown };
  spec: PodSpec;
}

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: null;
}

export interface PodStatus {
  phase: "Pending" | "Running" | "Succeeded" | "Failed";
  conditions?: Condition[];
  [field: string]: unknown;
}

export interface Pod extends KubernetesObject {
  spec: PodSpec;
  status: PodStatus;
}

/** What Deployments, ReplicaSets, StatefulSets, DaemonSets and Jobs have in common. */
export interface Workload extends KubernetesObject {
  spec: {
    template: PodTemplate;
    selector: LabelSelector;
    replicas?: number;
    minReadySeconds?: number;
    [field: string]: unknown;
  };
  status: { conditions?: Condition[]; [field: string]: unknown };
}

/** The owner reference with which a controller claims its dependents. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether `object` is controlled by the object with this uid. */
export function isControlledBy(object: KubernetesObject, uid: string | undefined): boolean {
  return (
    uid !== undefined && (object.metadata.ownerReferences ?? []).some(owner => owner.controller && owner.uid === uid)
  );
}

/** Deep copy of plain JSON. */
export function copy<T>(value: T): T {
  return structuredClone(value);
}

/** RFC 3339 with seconds, as Kubernetes writes its times. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
