import { apiGroup } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";

/** A kind of the Kubernetes API with what its URLs and its RBAC rules are made of. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Fields kept beside metadata when it is collected; absent for kinds that are reduced one by one. */
  readonly fields?: readonly string[];
}

/** The API group and version of AAD Pod Identity's own kinds. */
export const podIdentityVersion = "aadpodidentity.k8s.io/v1";

const namespaced = true;

/** The kinds that every cluster has or this project writes, and pod identity's own; what else is read is in `core/kinds.ts`. */
export const resources: readonly Resource[] = [
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced },
  { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets", namespaced },
  { apiVersion: "apps/v1", kind: "DaemonSet", plural: "daemonsets", namespaced },
  { apiVersion: "apps/v1", kind: "ReplicaSet", plural: "replicasets", namespaced },
  { apiVersion: "v1", kind: "ReplicationController", plural: "replicationcontrollers", namespaced },
  { apiVersion: "batch/v1", kind: "Job", plural: "jobs", namespaced },
  { apiVersion: "batch/v1", kind: "CronJob", plural: "cronjobs", namespaced },
  { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced },
  { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts", namespaced },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings", namespaced },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    namespaced: false,
  },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", plural: "clusterroles", namespaced: false },
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced },
  { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  { apiVersion: "coordination.k8s.io/v1", kind: "Lease", plural: "leases", namespaced },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    namespaced: false,
  },
  { apiVersion: podIdentityVersion, kind: "AzureIdentity", plural: "azureidentities", namespaced },
  { apiVersion: podIdentityVersion, kind: "AzureIdentityBinding", plural: "azureidentitybindings", namespaced },
  {
    apiVersion: podIdentityVersion,
    kind: "AzurePodIdentityException",
    plural: "azurepodidentityexceptions",
    namespaced,
  },
  { apiVersion: podIdentityVersion, kind: "AzureAssignedIdentity", plural: "azureassignedidentities", namespaced },
];

/**
 * The table's entry for a kind of a group, whatever version the caller names: a manifest may say `extensions/v1beta1`, the
 * server is asked in the version that it has.
 *
 * @throws ApiError (reason `UnknownKind`) for kinds that this project has nothing to do with
 */
export function resourceOf(object: { apiVersion: string; kind: string }): Resource {
  const group = apiGroup(object.apiVersion);
  const found = resources.find(
    resource =>
      resource.kind === object.kind &&
      (apiGroup(resource.apiVersion) === group || (group === "extensions" && resource.apiVersion === "apps/v1")),
  );
  if (!found) throw new ApiError(`${object.apiVersion} ${object.kind} is not a kind this tool works with`, unknownKind);
  return found;
}

const unknownKind = { reason: "UnknownKind" };

/**
 * The path of a list or (with a name) of one object, percent-encoded.
 *
 * @throws ApiError (reason `InvalidName`) for names that would change the path
 */
export function resourcePath(resource: Resource, where: { namespace?: string | undefined; name?: string }): string {
  const root = resource.apiVersion === "v1" ? "/api/v1" : `/apis/${resource.apiVersion}`;
  const namespace =
    resource.namespaced && where.namespace !== undefined ? `/namespaces/${pathSegment(where.namespace)}` : "";
  if (where.name === undefined) return `${root}${namespace}/${resource.plural}`;
  if (resource.namespaced && where.namespace === undefined) {
    throw new ApiError(`${resource.kind} ${JSON.stringify(where.name)}: no namespace is given`, {
      reason: "InvalidName",
    });
  }
  return `${root}${namespace}/${resource.plural}/${pathSegment(where.name)}`;
}

/**
 * Encoding is not enough: the API server splits the decoded path, so that a name with `%2F` reaches another resource.
 * The rule is IsValidPathSegmentName of k8s.io/apimachinery (pkg/api/validation/path/name.go); an empty name would be the list.
 */
function pathSegment(name: string): string {
  if (name === "" || name === "." || name === ".." || /[/%]/.test(name)) {
    throw new ApiError(`${JSON.stringify(name)} is not a name that Kubernetes allows`, { reason: "InvalidName" });
  }
  return encodeURIComponent(name);
}
