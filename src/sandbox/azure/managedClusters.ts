import { methodNotAllowed, resourceNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { pageResponse } from "./paging.ts";
import type { AzureState, SimulatedManagedCluster } from "./state.ts";
import { sameName } from "./state.ts";

export const managedClusterType = "Microsoft.ContainerService/managedClusters";

function clusterId(cluster: SimulatedManagedCluster): string {
  return `/subscriptions/${cluster.subscriptionId}/resourcegroups/${cluster.resourceGroup}/providers/${managedClusterType}/${cluster.name}`;
}

/** A cluster on the wire's names. */
export function managedClusterJson(cluster: SimulatedManagedCluster) {
  return {
    ...cluster.resource,
    id: clusterId(cluster),
    location: cluster.location,
    name: cluster.name,
    // With a capital M, unlike in the id (seen in recordings).
    type: "Microsoft.ContainerService/ManagedClusters",
    properties: cluster.properties,
  };
}

/** AKS clusters: list by subscription and by resource group, get. */
export function answerManagedClusters(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const inReach = state.managedClusters.filter(
    cluster =>
      sameName(cluster.subscriptionId, path.subscriptionId) &&
      (path.resourceGroup === undefined || sameName(cluster.resourceGroup, path.resourceGroup)),
  );
  if (path.collection) {
    return pageResponse(request, inReach, { pageSize: state.pageSize, nameOf: clusterId, toJson: managedClusterJson });
  }
  const cluster = inReach.find(one => sameName(one.name, path.names[0] ?? ""));
  if (cluster === undefined) {
    return resourceNotFound(managedClusterType, path.names.join("/"), path.resourceGroup ?? "");
  }
  // Without a charset, unlike the answers of Microsoft.ManagedIdentity (seen in a recording).
  return jsonResponse(200, managedClusterJson(cluster), { "content-type": "application/json" });
}
