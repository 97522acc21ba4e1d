import { readKindOf, readKinds } from "../core/kinds.ts";
import { apiGroup, podTemplatePath, podTemplatePaths } from "../core/kubernetes.ts";

export const podIdentityGroup = "aadpodidentity.k8s.io";

const podIdentityKinds: readonly string[] = [
  "AzureIdentity",
  "AzureIdentityBinding",
  "AzureAssignedIdentity",
  "AzurePodIdentityException",
];

const otherKinds: Readonly<Record<string, string>> = {
  ServiceAccount: "",
  RoleBinding: "rbac.authorization.k8s.io",
  ClusterRoleBinding: "rbac.authorization.k8s.io",
};

const kindNames: ReadonlySet<string> = new Set([
  ...readKinds.map(one => one.kind),
  ...podIdentityKinds,
  ...Object.keys(podTemplatePaths),
  ...Object.keys(otherKinds),
]);

/** Whether objects of some group with this kind are read. */
export function isReadKind(kind: string): boolean {
  return kindNames.has(kind);
}

/** Kinds that no other API group is known to use: recognised in documents that lack an `apiVersion`. */
export function isPodIdentityKind(kind: string): boolean {
  return podIdentityKinds.includes(kind);
}

/** Whether this object is one that the core reads, in whatever version of its group the file has it. */
export function isRead(object: { apiVersion: string; kind: string }): boolean {
  if (isPodIdentityKind(object.kind)) return apiGroup(object.apiVersion) === podIdentityGroup;
  if (podTemplatePath(object)) return true;
  if (Object.hasOwn(otherKinds, object.kind) && otherKinds[object.kind] === apiGroup(object.apiVersion)) return true;
  return readKindOf(object) !== undefined;
}

export function isNamespaced(object: { apiVersion: string; kind: string }): boolean {
  return object.kind !== "ClusterRoleBinding" && (readKindOf(object)?.namespaced ?? true);
}
