import type { ReadKind } from "./kinds.ts";

/** Kinds that say what pods of a namespace may do, and who is meant by their labels or service accounts. */
export const policyKinds: readonly ReadKind[] = [
  { group: "", kind: "Namespace", plural: "namespaces", namespaced: false, fields: [] },
  { group: "", kind: "Service", plural: "services", namespaced: true },
  { group: "", kind: "ResourceQuota", plural: "resourcequotas", namespaced: true },
  { group: "", kind: "LimitRange", plural: "limitranges", namespaced: true },
  { group: "policy", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", namespaced: true },
  { group: "networking.k8s.io", kind: "NetworkPolicy", plural: "networkpolicies", namespaced: true },
];
