import type { IdentitySearch, ManagedIdentity, Subscription } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { inPortions, kqlList, queryResources } from "./resourceGraph.ts";
import { parseIdentityResourceId } from "./resourceId.ts";
import type { Rest } from "./rest.ts";

const subscriptionsVersion = "2022-12-01";
const identitiesVersion = "2024-11-30";

/** User-assigned identities over subscriptions: by lists of ARM and by queries to Azure Resource Graph. */
export function identitySearch(arm: Rest): IdentitySearch {
  return {
    async listSubscriptions() {
      const doing = "Listing the subscriptions that you can see";
      return (await arm.list({ doing, path: `/subscriptions?api-version=${subscriptionsVersion}` })).flatMap(
        subscription,
      );
    },
    queryIdentities: (clientIDs, among) =>
      inPortions(clientIDs, async portion => {
        const query = `resources
| where type =~ 'microsoft.managedidentity/userassignedidentities'
| where tostring(properties.clientId) in~ ${kqlList(portion)}
| project id, location, properties
| order by id asc`;
        const doing = "Looking for managed identities by client id";
        return (await queryResources(arm, { doing, query, ...among })).flatMap(managedIdentity);
      }),
    async listIdentities(id) {
      const doing = `Listing the managed identities of subscription ${id}`;
      const provider = "Microsoft.ManagedIdentity/userAssignedIdentities";
      const path = `/subscriptions/${encodeURIComponent(id)}/providers/${provider}?api-version=${identitiesVersion}`;
      return (await arm.list({ doing, path })).flatMap(managedIdentity);
    },
  };
}

function subscription(item: unknown): Subscription[] {
  if (!isRecord(item) || typeof item.subscriptionId !== "string") return [];
  const { subscriptionId: id, displayName, tenantId } = item;
  return [
    {
      id,
      name: typeof displayName === "string" ? displayName : id,
      tenantID: typeof tenantId === "string" ? tenantId : "",
    },
  ];
}

/** What has another form is no identity that could be worked with. */
function managedIdentity(item: unknown): ManagedIdentity[] {
  if (!isRecord(item) || typeof item.id !== "string" || !isRecord(item.properties)) return [];
  const { clientId, tenantId, principalId } = item.properties;
  if (parseIdentityResourceId(item.id) === undefined || typeof clientId !== "string") return [];
  return [
    {
      id: item.id.toLowerCase(),
      clientID: clientId,
      tenantID: typeof tenantId === "string" ? tenantId : "",
      principalID: typeof principalId === "string" ? principalId : "",
      location: typeof item.location === "string" ? item.location : "",
    },
  ];
}
