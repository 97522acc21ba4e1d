import type { ManagedClustersFindings } from "../../../src/core/findings/managedClusters.ts";
import { hostile } from "./hostile.ts";

export const managedClustersSamples: ManagedClustersFindings = {
  "cluster-not-in-azure": { context: hostile },
  "cluster-resource-not-found": { context: hostile, reason: hostile },
  "issuer-differs": { cluster: hostile, azure: hostile, resourceID: hostile, slashOnly: true },
  "workload-identity-not-enabled": {
    resourceID: `/subscriptions/${hostile}/resourceGroups/${hostile}/providers/a/b/${hostile}`,
  },
  "credential-issuer-nearly-matches": { principal: hostile, name: hostile, issuer: hostile, expected: hostile },
};
