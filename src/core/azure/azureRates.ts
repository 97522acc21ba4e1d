/** What a request to a resource provider does, as its limits tell requests apart. */
export type AzureOperation = "createOrUpdate" | "get" | "list" | "delete";

/** Requests a second that a resource provider admits, counted for each of the three at once. */
export interface AzureRate {
  tenant: number;
  subscription: number;
  resource: number;
}

/**
 * What Microsoft documents for Microsoft.ManagedIdentity ("considerations" page of the federated credentials). How many requests
 * may come at once is not documented.
 */
export const managedIdentityRates: Readonly<Record<AzureOperation, AzureRate>> = {
  createOrUpdate: { tenant: 10, subscription: 2, resource: 0.25 },
  get: { tenant: 30, subscription: 10, resource: 0.5 },
  list: { tenant: 15, subscription: 5, resource: 0.25 },
  delete: { tenant: 10, subscription: 2, resource: 0.25 },
};

/** The subscription of a resource id, in lower case; undefined for what is no resource, as an application. */
export function subscriptionOf(principal: string): string | undefined {
  return /^\/subscriptions\/([^/]+)\//i.exec(principal)?.[1]?.toLowerCase();
}
