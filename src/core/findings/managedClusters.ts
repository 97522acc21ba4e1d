import type { Severity } from "./severity.ts";

/** What is told of the AKS cluster itself. */
export interface ManagedClustersFindings {
  "cluster-not-in-azure": { context: string };
  "cluster-resource-not-found": { context: string; reason: string };
  /** `slashOnly`: a slash at the end is all that they differ in. */
  "issuer-differs": { cluster: string; azure: string; resourceID: string; slashOnly: boolean };
  "workload-identity-not-enabled": { resourceID: string };
  "credential-issuer-nearly-matches": { principal: string; name: string; issuer: string; expected: string };
}

export const managedClustersSeverities: Readonly<Record<keyof ManagedClustersFindings, Severity>> = {
  "cluster-not-in-azure": "info",
  "cluster-resource-not-found": "warning",
  "issuer-differs": "error",
  "workload-identity-not-enabled": "error",
  "credential-issuer-nearly-matches": "warning",
};
