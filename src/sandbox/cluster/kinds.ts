/** One kind that the API server serves: the source of discovery and of routing alike. */
export interface ServedKind {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  categories: readonly string[];
  namespaced: boolean;
  verbs: readonly string[];
  subresources: readonly Subresource[];
  /** Which changes raise metadata.generation; kinds without it have no generation. */
  generation?: "spec" | "specOrAnnotations" | "all";
  /** False where every PUT must name a resourceVersion. */
  unconditionalUpdate: boolean;
  /** True where a PUT of an object that is not there creates it. */
  createOnUpdate: boolean;
}

export interface Subresource {
  name: "status" | "log" | "token";
  kind: string;
  group?: string;
  version?: string;
  verbs: readonly string[];
}

const EVERY_VERB = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

type Options = Partial<Omit<ServedKind, "group" | "version" | "kind" | "plural">>;

function served(apiVersion: string, kind: string, plural: string, options: Options = {}): ServedKind {
  const slash = apiVersion.indexOf("/");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: EVERY_VERB,
    subresources: [],
    unconditionalUpdate: true,
    createOnUpdate: false,
    ...options,
  };
}

const status = (kind: string): Subresource => ({ name: "status", kind, verbs: ["get", "patch", "update"] });
const log: Subresource = { name: "log", kind: "Pod", verbs: ["get"] };
const token: Subresource = {
  name: "token",
  kind: "TokenRequest",
  group: "authentication.k8s.io",
  version: "v1",
  verbs: ["create"],
};

const clusterWide = { namespaced: false } as const;
const inAll = { categories: ["all"] } as const;
const workload = (kind: string, shortName: string): Options => ({
  ...inAll,
  shortNames: [shortName],
  subresources: [status(kind)],
  generation: "spec",
});
const review = { namespaced: false, verbs: ["create"] } as const;

/** The built-in kinds, in the groups and versions of Kubernetes 1.36 that the tool can meet. */
export const BUILT_IN_KINDS: readonly ServedKind[] = [
  served("v1", "ConfigMap", "configmaps", { shortNames: ["cm"] }),
  served("v1", "Event", "events", { shortNames: ["ev"], createOnUpdate: true }),
  served("v1", "LimitRange", "limitranges", { shortNames: ["limits"], createOnUpdate: true }),
  served("v1", "Namespace", "namespaces", {
    ...clusterWide,
    shortNames: ["ns"],
    subresources: [status("Namespace")],
    verbs: EVERY_VERB.filter(verb => verb !== "deletecollection"),
  }),
  served("v1", "Node", "nodes", { ...clusterWide, shortNames: ["no"], subresources: [status("Node")] }),
  served("v1", "PersistentVolumeClaim", "persistentvolumeclaims", {
    shortNames: ["pvc"],
    subresources: [status("PersistentVolumeClaim")],
  }),
  served("v1", "Pod", "pods", {
    ...inAll,
    shortNames: ["po"],
    subresources: [log, status("Pod")],
    generation: "spec",
  }),
  served("v1", "ReplicationController", "replicationcontrollers", workload("ReplicationController", "rc")),
  served("v1", "ResourceQuota", "resourcequotas", { shortNames: ["quota"], subresources: [status("ResourceQuota")] }),
  served("v1", "Secret", "secrets"),
  served("v1", "ServiceAccount", "serviceaccounts", { shortNames: ["sa"], subresources: [token] }),
  served("v1", "Service", "services", {
    ...inAll,
    shortNames: ["svc"],
    subresources: [status("Service")],
    createOnUpdate: true,
  }),
  served("apps/v1", "ControllerRevision", "controllerrevisions"),
  served("apps/v1", "DaemonSet", "daemonsets", workload("DaemonSet", "ds")),
  served("apps/v1", "Deployment", "deployments", {
    ...workload("Deployment", "deploy"),
    generation: "specOrAnnotations",
  }),
  served("apps/v1", "ReplicaSet", "replicasets", workload("ReplicaSet", "rs")),
  served("apps/v1", "StatefulSet", "statefulsets", workload("StatefulSet", "sts")),
  served("batch/v1", "CronJob", "cronjobs", workload("CronJob", "cj")),
  served("batch/v1", "Job", "jobs", { ...inAll, subresources: [status("Job")], generation: "spec" }),
  served("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    ...inAll,
    shortNames: ["hpa"],
    subresources: [status("HorizontalPodAutoscaler")],
  }),
  served("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", {
    shortNames: ["pdb"],
    subresources: [status("PodDisruptionBudget")],
    generation: "spec",
    unconditionalUpdate: false,
  }),
  served("networking.k8s.io/v1", "Ingress", "ingresses", {
    shortNames: ["ing"],
    subresources: [status("Ingress")],
    generation: "spec",
  }),
  served("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", { shortNames: ["netpol"], generation: "spec" }),
  served("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", clusterWide),
  served("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", clusterWide),
  served("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  served("rbac.authorization.k8s.io/v1", "Role", "roles"),
  served("coordination.k8s.io/v1", "Lease", "leases", { unconditionalUpdate: false, createOnUpdate: true }),
  served("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", {
    ...clusterWide,
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    subresources: [status("CustomResourceDefinition")],
    generation: "spec",
    unconditionalUpdate: false,
  }),
  served("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", {
    ...clusterWide,
    categories: ["api-extensions"],
    generation: "all",
  }),
  served("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", {
    ...clusterWide,
    categories: ["api-extensions"],
    generation: "all",
  }),
  served("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", {
    ...clusterWide,
    categories: ["api-extensions"],
    subresources: [status("ValidatingAdmissionPolicy")],
    generation: "spec",
  }),
  served("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", {
    ...clusterWide,
    categories: ["api-extensions"],
    generation: "spec",
  }),
  served("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", review),
  served("authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", review),
  served("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", review),
];

/** A kind that a CustomResourceDefinition adds. */
export function customKind(
  names: { group: string; version: string; kind: string; plural: string },
  options: Options,
): ServedKind {
  const { subresources, ...rest } = options;
  const apiVersion = `${names.group}/${names.version}`;
  return served(apiVersion, names.kind, names.plural, {
    ...rest,
    subresources: subresources ?? [],
    generation: (subresources ?? []).length > 0 ? "specOrAnnotations" : "all",
    unconditionalUpdate: false,
  });
}

/** The status subresource of a kind. */
export const statusOf = status;
