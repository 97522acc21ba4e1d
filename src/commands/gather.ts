import pLimit from "p-limit";
import { assemble } from "../core/assemble.ts";
import { CommandError } from "../core/errors.ts";
import { clusterSource, type Facts } from "../core/facts.ts";
import type { AzureFacts, Decisions, SourceId } from "../core/model.ts";
import { ApiError, type AzureAccess, type ClusterAccess, type CollectedCluster } from "../core/ports.ts";
import { principalsToRead } from "../core/reports.ts";
import { type Patience, retrying } from "../engine/retry.ts";
import { textBlock } from "../output/escape.ts";
import type { AzureReach, CommonFlags, Io, MappingFlags, World } from "./io.ts";

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
}

/** Reads everything a command needs, once: clusters and files in parallel, then Azure for the identities found in them. */
export async function gather(
  flags: MappingFlags,
  world: World,
  io: Io,
  { decisions, azure }: GatherOptions,
): Promise<Gathered> {
  const withClusters = flags.filename === undefined || flags.context !== undefined;
  const [clusters, files] = await Promise.all([
    withClusters ? collectClusters(flags, decisions, world, io) : undefined,
    flags.filename ? collectFiles(flags.filename, io, decisions) : undefined,
  ]);
  const facts = assemble(clusters?.collected ?? [], files, decisions);
  const gathered: Gathered = {
    facts,
    cluster(source) {
      const access = clusters?.access.get(source);
      if (!access) throw new CommandError(`Cluster ${source} is not among the contexts of this command`);
      return access;
    },
    azure: undefined,
  };
  if (azure === "ask" && withClusters) await askAzure(gathered, flags, world, io, decisions);
  return gathered;
}

async function collectClusters(flags: CommonFlags, { namespaces }: Decisions, world: World, io: Io) {
  const [{ collectCluster }, { clusterAccess }, connections] = await Promise.all([
    import("../kube/collect.ts"),
    import("../kube/access.ts"),
    world.connect(flags),
  ]);
  const access = new Map<SourceId, ClusterAccess>();
  const contexts = new Map<SourceId, string>();
  const limit = pLimit(4);
  const collected = await Promise.all(
    connections.map(connection =>
      limit(async (): Promise<CollectedCluster> => {
        const cluster = await collectCluster(connection, { ...(namespaces ? { namespaces } : {}), signal: io.signal });
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
  return { collected, access };
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

async function askAzure(
  gathered: Gathered,
  flags: MappingFlags,
  world: World,
  io: Io,
  decisions: Decisions,
): Promise<void> {
  const { facts } = gathered;
  const principals = principalsToRead(facts, decisions);
  if (principals.length === 0 && flags.clusterResourceId === undefined) return;
  const read = reader(world, io, flags);
  let azure: AzureReach;
  try {
    azure = await world.azure(flags);
    if (azure.authorityHost !== undefined) facts.azure = { ...facts.azure, authorityHost: azure.authorityHost };
    await readIssuer(facts, azure, flags);
  } catch (error) {
    const failed = read.failure(error);
    facts.azure = { ...facts.azure, identities: new Map(principals.map(({ id }) => [id, failed])) };
    return;
  }
  const identities = new Map<string, SeenIdentity>();
  const limit = pLimit(8);
  await Promise.all(principals.map(({ id }) => limit(async () => identities.set(id, await read.identity(azure, id)))));
  facts.azure = { ...facts.azure, identities };
  const failures = [...identities.values()].filter(seen => seen !== "notFound" && "failed" in seen);
  if (failures.length < principals.length || principals.length === 0) gathered.azure = azure;
  io.signal.throwIfAborted();
}

type SeenIdentity = NonNullable<ReturnType<AzureFacts["identities"]["get"]>>;

/** Reads identities until it turns out that nobody is signed in: that is told once, and not tried for each of them. */
function reader(world: World, io: Io, { quiet }: Pick<MappingFlags, "quiet">) {
  const patience: Patience = { ...world, signal: io.signal };
  let signedOut: { failed: string } | undefined;
  const failure = (error: unknown): { failed: string } => {
    const isSignIn = error instanceof CommandError && error.name === "AzureSignInError";
    if (!(isSignIn || error instanceof ApiError)) throw error;
    // A finding has room for one sentence.
    const failed = { failed: (error.message.split("\n")[0] ?? "").replace(/[.:]\s*$/, "") };
    if (isSignIn && signedOut === undefined) {
      if (!quiet) io.say(`warning: ${textBlock(error.message)}`);
      signedOut = failed;
    }
    return failed;
  };
  const identity = async (azure: AzureAccess, id: string): Promise<SeenIdentity> => {
    if (signedOut) return signedOut;
    try {
      const found = await retrying(() => azure.getIdentity(id), patience, { unanswered: 3 });
      if (!found) return "notFound";
      return { ...found, credentials: await retrying(() => azure.listCredentials(id), patience, { unanswered: 3 }) };
    } catch (error) {
      return failure(error);
    }
  };
  return { identity, failure };
}

/** The cluster's own discovery document goes before ARM; where both speak and differ, nothing may be built on either. */
async function readIssuer(facts: Facts, azure: AzureReach, flags: MappingFlags): Promise<void> {
  if (flags.clusterResourceId === undefined) return;
  const [source, ...others] = facts.sources.filter(one => one.type === "cluster");
  const cluster = source && clusterSource(facts, source.id);
  if (!cluster || others.length > 0)
    throw new CommandError("--cluster-resource-id names one cluster: give exactly one --context");
  const issuer = await azure.issuerOf(flags.clusterResourceId);
  if (issuer === undefined) return;
  if (cluster.issuer !== undefined && cluster.issuer !== issuer) {
    throw new CommandError(
      `ARM names the issuer ${issuer} for ${flags.clusterResourceId}, but the cluster of context ${cluster.context} is ${cluster.issuer}`,
      {
        hint: "The resource id is that of another cluster, or the issuer has just been enabled.",
      },
    );
  }
  cluster.issuer = issuer;
}
