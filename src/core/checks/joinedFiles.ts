import { finding } from "../findings/codes.ts";
import { clustersOf } from "../podIdentity/worlds.ts";
import type { Check } from "./check.ts";

/**
 * A workload that is in files alone, beside clusters that have its service account: who else runs as it there, which identity it
 * names and what it may do is decided in the cluster, and a file's plan would pass all that by.
 */
export const checkJoinedFiles: Check = ({ facts, usage, cluster, account }) => {
  if (cluster) return {};
  const { source, namespace } = usage.workload;
  const names = [...new Set([usage.serviceAccount, account.name])].filter(name => name !== "default");
  const blocks = names.flatMap(serviceAccount => {
    const contexts = clustersOf(facts, source)
      .filter(({ id }) => facts.objects.find(id, "ServiceAccount", namespace, serviceAccount))
      .map(({ context }) => context);
    if (contexts.length === 0) return [];
    return [finding("service-account-in-cluster", { subject: usage.workload }, { serviceAccount, contexts })];
  });
  return { blocks };
};
