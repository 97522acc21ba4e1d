/** The place of an ARM resource inside a resource group; names as they were written. */
export interface ResourceId {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
}

/**
 * ARM's own rules for names, which also keep `.` and `..` out: as a path segment those would send a request, a DELETE
 * too, to the resource above. Sources: "Naming rules and restrictions for Azure resources", specification of
 * Microsoft.ManagedIdentity.
 */
const subscription = "[0-9A-Za-z-]+";
const resourceGroup = "[\\p{L}\\p{N}_().-]{0,89}[\\p{L}\\p{N}_()-]";
const resource = "[A-Za-z0-9][A-Za-z0-9_-]{0,127}";

function pattern(namespace: string, type: string): RegExp {
  const provider = namespace.replace(".", "\\.");
  return new RegExp(
    `^/subscriptions/(${subscription})/resourceGroups/(${resourceGroup})/providers/${provider}/${type}/(${resource})$`,
    "iu",
  );
}

const identity = pattern("Microsoft.ManagedIdentity", "userAssignedIdentities");
const managedCluster = pattern("Microsoft.ContainerService", "managedClusters");

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
