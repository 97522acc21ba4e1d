import pLimit from "p-limit";
import { assemble } from "../core/assemble.ts";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import { CommandError, hintIn } from "../core/errors.ts";
import type { Facts } from "../core/facts.ts";
import type { Decisions, SourceId } from "../core/model.ts";
import { ApiError, type ClusterAccess, type CollectedCluster } from "../core/ports.ts";
import type { Connection } from "../kube/transport.ts";
import { askAzure } from "./askAzure.ts";
import type { CommonFlags, Io, MappingFlags, World } from "./io.ts";

/** Facts, and the ways to what they are about. */
export interface Gathered {
  facts: Facts;
  cluster(source: SourceId): ClusterAccess;
  /** Undefined where Azure was not asked, or nobody is signed in. */
  azure: AzureAccess | undefined;
}

export interface GatherOptions {
  decisions: Decisions;
  /** Azure is asked about the identities that the chosen usages have. */
  azure: "ask" | "leave";
  /**
   * Of several clusters, one that cannot be read becomes a finding, and the others are gone on with. Left out, it ends the command,
   * as it has to where something is written, and always where files may be the ones of that cluster.
   */
  unread?: "tell";
}

/** Reads everything a command needs, once: clusters and files in parallel, then Azure for the identities found in them. */
export async function gather(
  flags: MappingFlags,
  world: World,
  io: Io,
  { decisions, azure, unread }: GatherOptions,
): Promise<Gathered> {
  // A cloud that is misspelt is told at once, and where nothing is asked of Azure too.
  if (flags.cloud !== undefined) (await import("../azure/clouds.ts")).resolveCloud(flags.cloud, io.env);
  const withClusters = flags.filename === undefined || flags.context !== undefined;
  const [clusters, files] = await Promise.all([
    withClusters
      ? collectClusters(flags, { world, io, decisions, mayGoOn: unread === "tell" && !flags.filename })
      : undefined,
    flags.filename ? collectFiles(flags.filename, io, decisions) : undefined,
  ]);
  const facts = assemble(clusters?.collected ?? [], files, decisions);
  facts.findings.push(...(clusters?.findings ?? []));
  const gathered: Gathered = {
    facts,
    cluster(source) {
      const access = clusters?.access.get(source);
      if (!access) throw new CommandError(`Cluster ${source} is not among the contexts of this command`);
      return access;
    },
    azure: undefined,
  };
  if (azure === "ask" && withClusters) gathered.azure = await askAzure(facts, decisions, { flags, world, io });
  return gathered;
}

interface Unread {
  connection: Connection;
  error: Error;
}

async function collectClusters(
  flags: CommonFlags,
  { world, io, decisions: { namespaces }, mayGoOn }: { world: World; io: Io; decisions: Decisions; mayGoOn: boolean },
) {
  const [{ collectCluster }, { clusterAccess }, { clusterNotRead }, connections] = await Promise.all([
    import("../kube/collect.ts"),
    import("../kube/access.ts"),
    import("../kube/clusterNotRead.ts"),
    world.connect(flags),
  ]);
  const access = new Map<SourceId, ClusterAccess>();
  const contexts = new Map<SourceId, string>();
  const limit = pLimit(4);
  const read = async (connection: Connection): Promise<CollectedCluster | Unread> => {
    try {
      return await collectCluster(connection, { ...(namespaces ? { namespaces } : {}), signal: io.signal });
    } catch (error) {
      const isFailure = error instanceof CommandError || error instanceof ApiError;
      if (!isFailure || !mayGoOn || io.signal.aborted) throw error;
      return { connection, error };
    }
  };
  const all = await Promise.all(
    connections.map(connection =>
      limit(async () => {
        const cluster = await read(connection);
        if ("error" in cluster) return cluster;
        const other = contexts.get(cluster.id);
        if (other !== undefined) {
          throw new CommandError(`The contexts ${other} and ${connection.context} lead to the same cluster`, {
            hint: "Name one of them: a cluster is migrated once.",
          });
        }
        contexts.set(cluster.id, connection.context);
        access.set(cluster.id, clusterAccess(connection, cluster.id));
        return cluster;
      }),
    ),
  );
  const collected = all.flatMap(one => ("error" in one ? [] : [one]));
  const failed = all.flatMap(one => ("error" in one ? [one] : []));
  if (collected.length === 0) throwFirst(failed);
  return { collected, access, findings: failed.map(one => clusterNotRead(one.connection, one.error)) };
}

/** None of the clusters can be read: why, of the first one, and that there are more. */
function throwFirst([first, ...others]: readonly Unread[]): void {
  if (!first) return;
  const { error } = first;
  if (others.length === 0) throw error;
  const names = others.map(({ connection }) => connection.context).join(", ");
  const [own, more] = [hintIn(error), `Nor can the other clusters be read: ${names}.`];
  throw new CommandError(error.message, { cause: error, hint: own === undefined ? more : `${own}\n${more}` });
}

async function collectFiles(paths: string[], io: Io, decisions: Decisions) {
  const { collectFiles: collect } = await import("../manifests/collect.ts");
  const [namespace, ...others] = decisions.namespaces ?? [];
  return collect(paths, {
    stdin: io.stdin,
    cwd: io.cwd,
    ...(namespace !== undefined && others.length === 0 ? { defaultNamespace: namespace } : {}),
  });
}
