import { identityPattern, resourcePattern } from "../core/azure/resourceId.ts";

/** The place of an ARM resource inside a resource group; names as they were written. */
export interface ResourceId {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

const identity = new RegExp(`^${identityPattern}$`, "iu");
const managedCluster = new RegExp(`^${resourcePattern("Microsoft.ContainerService", "managedClusters")}$`, "iu");

function parse(id: string, form: RegExp): ResourceId | undefined {
  const [, subscriptionId, group, name] = form.exec(id) ?? [];
  if (subscriptionId === undefined || group === undefined || name === undefined) return undefined;
  return { subscriptionId, resourceGroup: group, name };
}

/**
 * `/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`, fixed parts in
 * any case; undefined for anything else.
 */
export function parseIdentityResourceId(id: string): ResourceId | undefined {
  return parse(id, identity);
}

/** The same for `.../Microsoft.ContainerService/managedClusters/NAME`. */
export function parseManagedClusterResourceId(id: string): ResourceId | undefined {
  return parse(id, managedCluster);
}
