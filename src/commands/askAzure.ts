import pLimit from "p-limit";
import type { AzureAccess } from "../core/azurePorts.ts";
import { CommandError } from "../core/errors.ts";
import { clusterSource, type Facts } from "../core/facts.ts";
import type { AzureFacts, Decisions } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { principalsToRead } from "../core/reports.ts";
import { type Patience, retrying } from "../engine/retry.ts";
import { textBlock } from "../output/escape.ts";
import type { AzureReach, Io, MappingFlags, World } from "./io.ts";

/**
 * Asks Azure about the identities that the chosen usages have, and writes what it says into the facts. Gives back the access;
 * undefined where nothing could be read through it.
 */
export async function askAzure(
  facts: Facts,
  decisions: Decisions,
  { flags, world, io }: { flags: MappingFlags; world: World; io: Io },
): Promise<AzureAccess | undefined> {
  const principals = principalsToRead(facts, decisions);
  if (principals.length === 0 && flags.clusterResourceId === undefined) return undefined;
  const read = reader(world, io, flags);
  let azure: AzureReach;
  try {
    azure = await world.azure(flags);
    if (azure.authorityHost !== undefined) facts.azure = { ...facts.azure, authorityHost: azure.authorityHost };
    await readIssuer(facts, azure, flags);
  } catch (error) {
    const failed = read.failure(error);
    facts.azure = { ...facts.azure, identities: new Map(principals.map(({ id }) => [id, failed])) };
    return undefined;
  }
  const identities = new Map<string, SeenIdentity>();
  const limit = pLimit(8);
  await Promise.all(principals.map(({ id }) => limit(async () => identities.set(id, await read.identity(azure, id)))));
  facts.azure = { ...facts.azure, identities };
  const failures = [...identities.values()].filter(seen => seen !== "notFound" && "failed" in seen);
  io.signal.throwIfAborted();
  return failures.length < principals.length || principals.length === 0 ? azure : undefined;
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
  const { issuer } = await azure.getManagedCluster(flags.clusterResourceId);
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
