/**
 * ARM's own rules for names, which also keep `.` and `..` out: as a path segment those would send a request, a DELETE
 * too, to the resource above. Sources: "Naming rules and restrictions for Azure resources", specification of
 * Microsoft.ManagedIdentity.
 */
const subscription = "[0-9A-Za-z-]+";
const resourceGroup = "[\\p{L}\\p{N}_().-]{0,89}[\\p{L}\\p{N}_()-]";
const resource = "[A-Za-z0-9][A-Za-z0-9_-]{0,127}";

/** `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/`, for expressions with the flags i and u; groups: S and G. */
export function providerPattern(namespace: string): string {
  return `/subscriptions/(${subscription})/resourceGroups/(${resourceGroup})/providers/${namespace.replace(".", "\\.")}/`;
}

/** The same with `TYPE/NAME` behind it, and NAME as third group. */
export function resourcePattern(namespace: string, type: string): string {
  return `${providerPattern(namespace)}${type}/(${resource})`;
}

export const identityPattern = resourcePattern("Microsoft.ManagedIdentity", "userAssignedIdentities");

const withSurroundings = new RegExp(`${identityPattern}/?\\s*$`, "iu");

/** The resource id of a managed identity as ARM compares it: lower case, without what MIC's unanchored pattern lets stand around it. */
export function normalResourceID(resourceID: string): string | undefined {
  const [, subscriptionId, group, name] = withSurroundings.exec(resourceID) ?? [];
  return name === undefined
    ? undefined
    : `/subscriptions/${subscriptionId}/resourcegroups/${group}/providers/microsoft.managedidentity/userassignedidentities/${name}`.toLowerCase();
}
