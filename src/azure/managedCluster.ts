import type { ManagedCluster } from "../core/azurePorts.ts";
import { AzureError } from "./azureError.ts";
import { parseManagedClusterResourceId } from "./resourceId.ts";
import type { Rest } from "./rest.ts";

const apiVersion = "2024-09-01";

interface WireCluster {
  id: string;
  properties?: {
    oidcIssuerProfile?: { enabled?: boolean; issuerURL?: string };
    securityProfile?: { workloadIdentity?: { enabled?: boolean } };
    fqdn?: string;
    privateFQDN?: string;
    nodeResourceGroup?: string;
  };
}

/** GET of a managed cluster by its resource id (any case). Throws `AzureError` or `AzureSignInError`. */
export async function getManagedCluster(arm: Rest, resourceId: string): Promise<ManagedCluster> {
  const id = parseManagedClusterResourceId(resourceId);
  if (id === undefined) {
    throw new AzureError(`"${resourceId}" is not the resource id of an AKS cluster.`, { kind: "badRequest" });
  }
  const place = `/subscriptions/${id.subscriptionId}/resourceGroups/${encodeURIComponent(id.resourceGroup)}`;
  const cluster = (await arm.send({
    doing: `Reading the AKS cluster ${resourceId}`,
    path: `${place}/providers/Microsoft.ContainerService/managedClusters/${id.name}?api-version=${apiVersion}`,
  })) as WireCluster;
  const { oidcIssuerProfile, securityProfile, fqdn, privateFQDN, nodeResourceGroup } = cluster.properties ?? {};
  const issuer = oidcIssuerProfile?.issuerURL;
  return {
    id: cluster.id,
    workloadIdentityEnabled: securityProfile?.workloadIdentity?.enabled === true,
    ...(issuer ? { issuer } : {}),
    ...(fqdn ? { fqdn } : {}),
    ...(privateFQDN ? { privateFqdn: privateFQDN } : {}),
    ...(nodeResourceGroup ? { nodeResourceGroup } : {}),
  };
}
