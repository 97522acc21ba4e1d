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

const readKinds: ReadonlySet<string> = new Set([
  ...podIdentityKinds,
  ...Object.keys(podTemplatePaths),
  ...Object.keys(otherKinds),
]);

/** Whether objects of some group with this kind are read. */
export function isReadKind(kind: string): boolean {
  return readKinds.has(kind);
}

/** Kinds that no other API group is known to use: recognised in documents that lack an `apiVersion`. */
export function isPodIdentityKind(kind: string): boolean {
  return podIdentityKinds.includes(kind);
}

/** Whether this object is one that the core reads, in whatever version of its group the file has it. */
export function isRead(object: { apiVersion: string; kind: string }): boolean {
  if (isPodIdentityKind(object.kind)) return apiGroup(object.apiVersion) === podIdentityGroup;
  if (podTemplatePath(object)) return true;
  return Object.hasOwn(otherKinds, object.kind) && otherKinds[object.kind] === apiGroup(object.apiVersion);
}

export function isNamespaced(kind: string): boolean {
  return kind !== "ClusterRoleBinding";
}
