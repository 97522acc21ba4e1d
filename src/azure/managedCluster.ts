import type { ManagedCluster, ManagedClusterAccess } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { AzureError, unlessNotFound } from "./azureError.ts";
import { inPortions, kqlList, queryResources } from "./resourceGraph.ts";
import { parseManagedClusterResourceId } from "./resourceId.ts";
import type { Rest } from "./rest.ts";

/** The first in which API server VNet integration and AKS Automatic are both seen, and one that was recorded. */
const apiVersion = "2025-08-01";
const resourceGroupsVersion = "2021-04-01";

/** AKS clusters in ARM and in Azure Resource Graph. Every method throws `AzureError` or `AzureSignInError`. */
export function managedClusterAccess(arm: Rest): ManagedClusterAccess {
  return {
    async getManagedCluster(resourceId) {
      const id = parseManagedClusterResourceId(resourceId);
      if (id === undefined) {
        throw new AzureError(`"${resourceId}" is not the resource id of an AKS cluster.`, { kind: "badRequest" });
      }
      const place = `/subscriptions/${id.subscriptionId}/resourceGroups/${encodeURIComponent(id.resourceGroup)}`;
      const path = `${place}/providers/Microsoft.ContainerService/managedClusters/${id.name}?api-version=${apiVersion}`;
      const doing = `Reading the AKS cluster ${resourceId}`;
      const [cluster] = managedCluster(await arm.send({ doing, path }));
      if (cluster === undefined) throw new AzureError(`${doing}: the answer is not a cluster.`, { kind: "other" });
      return cluster;
    },
    queryManagedClusters: (hosts, among) =>
      inPortions(hosts, async portion => {
        const list = kqlList(portion);
        const query = `resources
| where type =~ 'microsoft.containerservice/managedclusters'
| where ${hostFields.map(field => `tostring(properties.${field}) in~ ${list}`).join(" or ")}
| project id, properties
| order by id asc`;
        const doing = "Looking for AKS clusters by the host of their API server";
        const rows = await queryResources(arm, { doing, query, ...among });
        return rows.flatMap(managedCluster).map(({ id, hosts: ofCluster }) => ({ id, hosts: ofCluster }));
      }),
    async listManagedClusters(subscription) {
      const doing = `Listing the AKS clusters of subscription ${subscription}`;
      const place = `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.ContainerService`;
      const items = await arm.list({ doing, path: `${place}/managedClusters?api-version=${apiVersion}` });
      return items.flatMap(managedCluster);
    },
    async getResourceGroup(subscription, name) {
      const place = `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(name)}`;
      return unlessNotFound(async () => {
        const doing = `Reading the resource group ${name}`;
        const group = await arm.send({ doing, path: `${place}?api-version=${resourceGroupsVersion}` });
        return isRecord(group) && typeof group.managedBy === "string" ? { managedBy: group.managedBy } : {};
      });
    },
  };
}

/** Where a kubeconfig's server may come from: the public name, the private one, and the one that the portal goes by. */
const hostFields = ["fqdn", "privateFQDN", "azurePortalFQDN"] as const;

function managedCluster(item: unknown): ManagedCluster[] {
  if (!isRecord(item) || typeof item.id !== "string" || parseManagedClusterResourceId(item.id) === undefined) return [];
  const properties = isRecord(item.properties) ? item.properties : {};
  const issuerProfile = recordOf(properties.oidcIssuerProfile);
  const podIdentity = properties.podIdentityProfile;
  const hosts = hostFields.flatMap(field => textOf(properties[field])?.toLowerCase() ?? []);
  const issuer = issuerProfile.enabled === true ? textOf(issuerProfile.issuerURL) : undefined;
  const tenantID = textOf(recordOf(item.identity).tenantId);
  const nodeResourceGroup = textOf(properties.nodeResourceGroup);
  const kubernetesVersion = textOf(properties.currentKubernetesVersion) ?? textOf(properties.kubernetesVersion);
  return [
    {
      id: item.id,
      ...(issuer === undefined ? {} : { issuer }),
      workloadIdentityEnabled: recordOf(recordOf(properties.securityProfile).workloadIdentity).enabled === true,
      hosts: [...new Set(hosts)],
      ...(nodeResourceGroup === undefined ? {} : { nodeResourceGroup }),
      ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
      ...(tenantID === undefined ? {} : { tenantID }),
      ...(isRecord(podIdentity)
        ? {
            podIdentity: {
              enabled: podIdentity.enabled === true,
              identities: lengthOf(podIdentity.userAssignedIdentities),
            },
          }
        : {}),
      apiServerVnetIntegration: recordOf(properties.apiServerAccessProfile).enableVnetIntegration === true,
      automatic: textOf(recordOf(item.sku).name)?.toLowerCase() === "automatic",
    },
  ];
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
