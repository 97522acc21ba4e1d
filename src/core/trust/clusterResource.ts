import { providerPattern } from "../azure/resourceId.ts";
import type { Facts } from "../facts.ts";
import { isKnown } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import type { ClusterSource, SourceId } from "../model.ts";

/** A place in Azure that holds nodes of a cluster. */
export interface NodeResourceGroup {
  subscription: string;
  resourceGroup: string;
}

/** What of a cluster's own objects leads to its resource in ARM. Names of contexts never do: people make them up. */
export interface ClusterTraces {
  /** Those with the most nodes first. */
  nodeResourceGroups: NodeResourceGroup[];
  /** The API server's host name, in lower case; absent for an address or a name of one part. */
  host?: string;
  /** Whether the cluster cannot be one of AKS: all nodes were seen, and none is Azure's. */
  isElsewhere: boolean;
}

/** `azure:///subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/...` (cloud-provider-azure, pkg/provider/azure_standard.go). */
const providerID = new RegExp(`^azure://${providerPattern("Microsoft.Compute")}`, "iu");

export function tracesOf(facts: Facts, { id, server }: Pick<ClusterSource, "id" | "server">): ClusterTraces {
  const nodes = facts.objects.ofKind(id, "Node");
  const groups = new Map<string, NodeResourceGroup & { nodes: number }>();
  for (const { object } of nodes) {
    const spec = isRecord(object.spec) ? object.spec : {};
    const [, subscription, resourceGroup] = providerID.exec(String(spec.providerID ?? "")) ?? [];
    if (subscription === undefined || resourceGroup === undefined) continue;
    const key = `${subscription}/${resourceGroup}`.toLowerCase();
    const group = groups.get(key) ?? { subscription, resourceGroup, nodes: 0 };
    groups.set(key, group);
    group.nodes += 1;
  }
  const host = hostOf(server);
  return {
    nodeResourceGroups: [...groups.values()]
      .sort((a, b) => b.nodes - a.nodes)
      .map(({ subscription, resourceGroup }) => ({ subscription, resourceGroup })),
    ...(host === undefined ? {} : { host }),
    isElsewhere: isKnown(facts, id, "Node") && groups.size === 0 && (nodes.length > 0 || host === undefined),
  };
}

function hostOf(server: string): string | undefined {
  if (!URL.canParse(server)) return undefined;
  const host = new URL(server).hostname.toLowerCase();
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/.test(host) ? host : undefined;
}

/** Which clusters `--cluster-resource-id` names: `ID` where there is one cluster, else `CONTEXT=ID`. Throws a RangeError. */
export function namedClusters(
  values: readonly string[],
  clusters: readonly Pick<ClusterSource, "id" | "context">[],
): Map<SourceId, string> {
  const named = new Map<SourceId, string>();
  for (const value of values) {
    const at = value.lastIndexOf("=/");
    const context = at === -1 ? undefined : value.slice(0, at);
    const [cluster, ...others] = context === undefined ? clusters : clusters.filter(one => one.context === context);
    if (cluster === undefined)
      throw new RangeError(context === undefined ? "there is no cluster" : `no cluster has the context ${context}`);
    if (others.length > 0) throw new RangeError(`${value} names one cluster of several: write CONTEXT=${value}`);
    if (named.has(cluster.id)) throw new RangeError(`the cluster of context ${cluster.context} is named twice`);
    named.set(cluster.id, value.slice(at + 1));
  }
  return named;
}
