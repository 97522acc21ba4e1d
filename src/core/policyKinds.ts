import type { ReadKind } from "./kinds.ts";

const adminGroup = "policy.networking.k8s.io";

/** Kinds that say what pods of a namespace may do, and who is meant by their labels or service accounts. */
export const policyKinds: readonly ReadKind[] = [
  { group: "", kind: "Namespace", plural: "namespaces", namespaced: false, fields: [] },
  { group: "", kind: "Service", plural: "services", namespaced: true },
  { group: "", kind: "ResourceQuota", plural: "resourcequotas", namespaced: true },
  { group: "", kind: "LimitRange", plural: "limitranges", namespaced: true },
  { group: "policy", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", namespaced: true },
  { group: "networking.k8s.io", kind: "NetworkPolicy", plural: "networkpolicies", namespaced: true },
  { group: adminGroup, kind: "AdminNetworkPolicy", plural: "adminnetworkpolicies", namespaced: false },
  { group: adminGroup, kind: "BaselineAdminNetworkPolicy", plural: "baselineadminnetworkpolicies", namespaced: false },
  { group: adminGroup, kind: "ClusterNetworkPolicy", plural: "clusternetworkpolicies", namespaced: false },
  {
    group: "cilium.io",
    kind: "CiliumNetworkPolicy",
    plural: "ciliumnetworkpolicies",
    namespaced: true,
    fields: ["spec", "specs"],
  },
  {
    group: "cilium.io",
    kind: "CiliumClusterwideNetworkPolicy",
    plural: "ciliumclusterwidenetworkpolicies",
    namespaced: false,
    fields: ["spec", "specs"],
  },
  { group: "cilium.io", kind: "CiliumEgressGatewayPolicy", plural: "ciliumegressgatewaypolicies", namespaced: false },
  // Calico's API server, and the store behind it where that is not installed: the same objects twice.
  { group: "projectcalico.org", kind: "NetworkPolicy", plural: "networkpolicies", namespaced: true },
  { group: "projectcalico.org", kind: "GlobalNetworkPolicy", plural: "globalnetworkpolicies", namespaced: false },
  { group: "projectcalico.org", kind: "Tier", plural: "tiers", namespaced: false },
  { group: "crd.projectcalico.org", kind: "NetworkPolicy", plural: "networkpolicies", namespaced: true },
  { group: "crd.projectcalico.org", kind: "GlobalNetworkPolicy", plural: "globalnetworkpolicies", namespaced: false },
  { group: "crd.projectcalico.org", kind: "Tier", plural: "tiers", namespaced: false },
  { group: "networking.istio.io", kind: "Sidecar", plural: "sidecars", namespaced: true },
  { group: "networking.istio.io", kind: "ServiceEntry", plural: "serviceentries", namespaced: true },
  { group: "policy.linkerd.io", kind: "EgressNetwork", plural: "egressnetworks", namespaced: true },
  // What Azure Policy, and with it the deployment safeguards of AKS, and Gatekeeper's library forbid privileged containers with.
  ...["K8sAzureV2NoPrivilege", "K8sAzureV3AllowedCapabilities", "K8sPSPCapabilities", "K8sPSPPrivilegedContainer"].map(
    kind => ({ group: "constraints.gatekeeper.sh", kind, plural: kind.toLowerCase(), namespaced: false }),
  ),
];
