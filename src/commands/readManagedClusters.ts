import pLimit from "p-limit";
import type { AzureAccess, ManagedCluster } from "../core/azure/azurePorts.ts";
import { CommandError } from "../core/errors.ts";
import { clusterRef, type Facts } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import type { AzureCluster, ClusterSource, SourceId } from "../core/model.ts";
import { type ClusterTraces, namedClusters, tracesOf } from "../core/trust/clusterResource.ts";
import type { AzureReader } from "./azureReader.ts";
import { searchAzure, type VisibleSubscriptions } from "./searchAzure.ts";

export interface ReadManagedClustersOptions {
  azure: AzureAccess;
  reader: AzureReader;
  visible: VisibleSubscriptions;
  subscriptions?: readonly string[];
  /** `--cluster-resource-id`: an id, or CONTEXT=ID. */
  named?: readonly string[];
}

/** A node pool in a resource group of its own is not a thing of AKS; two are tried for nodes of other makes. */
const mostGroups = 3;

/**
 * Finds each cluster's own resource in ARM and writes what that says into its source: by the id that was given, by who manages
 * the resource group of its nodes, else by the host of its API server. Gives a finding for each that was not found.
 */
export async function readManagedClusters(facts: Facts, options: ReadManagedClustersOptions): Promise<Finding[]> {
  const clusters = facts.sources.filter((source): source is ClusterSource => source.type === "cluster");
  const named = namedIn([...clusters, ...unreadClusters(facts)], options.named ?? []);
  const limit = pLimit(8);
  const findings: Finding[] = [];
  const byHost: { cluster: ClusterSource; host: string; reason: string | undefined }[] = [];
  const tell = (cluster: ClusterSource, found: Finding) =>
    findings.push({ ...found, subject: clusterRef(cluster.id) } as Finding);
  const notFound = (cluster: ClusterSource, reason: string) =>
    tell(cluster, finding("cluster-resource-not-found", {}, { context: cluster.context, reason }));

  const readOne = async (cluster: ClusterSource): Promise<void> => {
    const given = named.get(cluster.id);
    if (given !== undefined) {
      const failed = await readInto(cluster, given, "flag", options);
      if (failed !== undefined) notFound(cluster, failed);
      return;
    }
    const traces = tracesOf(facts, cluster);
    if (traces.isElsewhere) {
      tell(cluster, finding("cluster-not-in-azure", {}, { context: cluster.context }));
      return;
    }
    const { managedBy, reason } = await managerOf(traces, options);
    const failed = managedBy === undefined ? reason : await readInto(cluster, managedBy, "nodes", options);
    if (managedBy !== undefined && failed === undefined) return;
    if (traces.host !== undefined) byHost.push({ cluster, host: traces.host, reason: failed });
    else notFound(cluster, failed ?? "neither nodes nor the API server's address lead to it");
  };
  await Promise.all(clusters.map(cluster => limit(() => readOne(cluster))));

  const matches = await clustersOfHosts(
    byHost.map(({ host }) => host),
    options,
  );
  await Promise.all(
    byHost.map(({ cluster, host, reason }) =>
      limit(async () => {
        const [id, ...others] = matches.found.flatMap(one => (one.hosts.includes(host) ? [one.id] : []));
        const unsearched =
          matches.unsearched.length > 0 ? `, and could not look into ${matches.unsearched.join(", ")}` : "";
        const failed =
          id !== undefined && others.length === 0
            ? await readInto(cluster, id, "host", options)
            : [reason, `no AKS cluster that you can see has the API server ${host}${unsearched}`]
                .filter(Boolean)
                .join("; ");
        if (failed !== undefined) notFound(cluster, failed);
      }),
    ),
  );
  return findings.sort((a, b) => ((a.subject?.source ?? "") < (b.subject?.source ?? "") ? -1 : 1));
}

/** They may be named, and an id without a context is not meant for the others alone. */
function unreadClusters({ findings }: Facts): { id: SourceId; context: string }[] {
  return findings.flatMap(one =>
    one.code === "cluster-not-read" && one.subject ? [{ id: one.subject.source, context: one.args.context }] : [],
  );
}

function namedIn(
  clusters: readonly Pick<ClusterSource, "id" | "context">[],
  values: readonly string[],
): Map<string, string> {
  try {
    return namedClusters(values, clusters);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`--cluster-resource-id: ${error.message}`, {
      hint: "Give the id alone for one cluster, or CONTEXT=ID for each of several.",
    });
  }
}

/** The resource that manages the nodes' resource group, or why it is not known. */
async function managerOf(
  { nodeResourceGroups }: ClusterTraces,
  { azure, reader }: ReadManagedClustersOptions,
): Promise<{ managedBy?: string; reason?: string }> {
  let reason: string | undefined;
  for (const { subscription, resourceGroup } of nodeResourceGroups.slice(0, mostGroups)) {
    const read = await reader.read(() => azure.getResourceGroup(subscription, resourceGroup));
    if (!("value" in read)) reason ??= read.failed;
    else if (read.value?.managedBy !== undefined) return { managedBy: read.value.managedBy };
    else reason ??= `nothing manages the nodes' resource group ${resourceGroup} in subscription ${subscription}`;
  }
  return reason === undefined ? {} : { reason };
}

/** Why the cluster could not be read; undefined where it was. */
async function readInto(
  cluster: ClusterSource,
  resourceID: string,
  foundBy: AzureCluster["foundBy"],
  { azure, reader }: ReadManagedClustersOptions,
): Promise<string | undefined> {
  const read = await reader.read(() => azure.getManagedCluster(resourceID));
  if (!("value" in read)) return read.failed;
  cluster.azure = azureClusterOf(read.value, foundBy);
  // The cluster's own discovery document goes before ARM.
  const { issuer } = read.value;
  if (cluster.issuer === undefined && issuer !== undefined) Object.assign(cluster, { issuer, issuerFrom: "azure" });
  return undefined;
}

function azureClusterOf(cluster: ManagedCluster, foundBy: AzureCluster["foundBy"]): AzureCluster {
  const { issuer, nodeResourceGroup, kubernetesVersion, tenantID, podIdentity } = cluster;
  return {
    resourceID: cluster.id,
    foundBy,
    ...(issuer === undefined ? {} : { issuer }),
    workloadIdentity: cluster.workloadIdentityEnabled,
    ...(podIdentity === undefined ? {} : { podIdentityAddon: podIdentity.enabled }),
    ...(nodeResourceGroup === undefined ? {} : { nodeResourceGroup }),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...(tenantID === undefined ? {} : { tenantID }),
    ...(cluster.apiServerVnetIntegration ? { apiServerVnetIntegration: true } : {}),
    ...(cluster.automatic ? { automatic: true } : {}),
  };
}

async function clustersOfHosts(hosts: readonly string[], options: ReadManagedClustersOptions) {
  if (hosts.length === 0) return { found: [], unsearched: [] };
  const { azure, subscriptions } = options;
  return searchAzure<Pick<ManagedCluster, "id" | "hosts">>(
    {
      query: among => azure.queryManagedClusters(hosts, among),
      list: id => azure.listManagedClusters(id),
      isComplete: found => hosts.every(host => found.some(one => one.hosts.includes(host))),
    },
    { ...options, ...(subscriptions ? { subscriptions } : {}) },
  );
}
