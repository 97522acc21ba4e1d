import type { TokenCredential } from "@azure/core-auth";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
} from "@azure/core-rest-pipeline";
import type { Clock } from "../core/clock.ts";
import { armGuardPolicy } from "./armGuardPolicy.ts";
import { AzureError, toAzureError } from "./azureError.ts";
import type { Cloud } from "./clouds.ts";
import { parseManagedClusterResourceId } from "./resourceId.ts";

export interface ManagedClusterOptions {
  cloud: Pick<Cloud, "resourceManagerEndpoint" | "resourceManagerScope">;
  credential: TokenCredential;
  httpClient?: HttpClient;
  clock?: Pick<Clock, "now">;
  signal?: AbortSignal;
}

/** What ARM says of an AKS cluster that decides about workload identity. */
export interface ManagedCluster {
  id: string;
  /** Verbatim, with its trailing slash; absent while the issuer is not enabled. */
  issuer?: string;
  workloadIdentityEnabled: boolean;
  /** The API server's host; absent for some private clusters. */
  fqdn?: string;
  privateFqdn?: string;
  nodeResourceGroup?: string;
}

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
export async function getManagedCluster(resourceId: string, options: ManagedClusterOptions): Promise<ManagedCluster> {
  const id = parseManagedClusterResourceId(resourceId);
  if (id === undefined) {
    throw new AzureError(`"${resourceId}" is not the resource id of an AKS cluster.`, { kind: "badRequest" });
  }
  const { cloud, credential, httpClient = createDefaultHttpClient(), clock = Date, signal } = options;
  const now = () => clock.now();
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: "azwi-migrate" },
  });
  pipeline.addPolicy(armGuardPolicy({ endpoint: cloud.resourceManagerEndpoint, now }));
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: cloud.resourceManagerScope }));
  const place = `subscriptions/${id.subscriptionId}/resourceGroups/${encodeURIComponent(id.resourceGroup)}`;
  const request = createPipelineRequest({
    url: `${cloud.resourceManagerEndpoint}/${place}/providers/Microsoft.ContainerService/managedClusters/${id.name}?api-version=${apiVersion}`,
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  try {
    const response = await pipeline.sendRequest(httpClient, request);
    const cluster = JSON.parse(response.bodyAsText ?? "") as WireCluster;
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
  } catch (error) {
    throw toAzureError(error, `Reading the AKS cluster ${resourceId}`, now);
  }
}
