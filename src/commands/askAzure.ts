import type { AzureAccess } from "../core/azure/azurePorts.ts";
import { applicationsToRead, identityBindingsToRead, principalsToRead } from "../core/azure/azureToRead.ts";
import type { Facts } from "../core/facts.ts";
import type { Decisions } from "../core/model.ts";
import { issuersOfOtherClouds } from "../core/trust/issuersOfOtherClouds.ts";
import { nearlyMatchingIssuers } from "../core/trust/nearlyMatchingIssuers.ts";
import { azureReader } from "./azureReader.ts";
import type { AzureReach, Io, MappingFlags, World } from "./io.ts";
import { readApplications } from "./readApplications.ts";
import { readIdentities } from "./readIdentities.ts";
import { readIdentityBindings } from "./readIdentityBindings.ts";
import { readManagedClusters } from "./readManagedClusters.ts";
import { readRoleAssignments } from "./readRoleAssignments.ts";
import { visibleSubscriptions } from "./searchAzure.ts";

/**
 * Asks Azure about the identities that the chosen usages have and about the clusters themselves, and writes what it says into the
 * facts. Gives back the access; undefined where nothing could be read through it.
 */
export async function askAzure(
  facts: Facts,
  decisions: Decisions,
  { flags, world, io }: { flags: MappingFlags; world: World; io: Io },
): Promise<AzureAccess | undefined> {
  const principals = principalsToRead(facts, decisions);
  const clientIDs = applicationsToRead(facts, decisions);
  const { clusterResourceId: named, subscription: subscriptions } = flags;
  const isIdle = principals.length === 0 && clientIDs.length === 0;
  if (isIdle && named === undefined) return undefined;
  const reader = azureReader(world, io, flags);
  let azure: AzureReach;
  try {
    azure = await world.azure(flags);
  } catch (error) {
    const { failed } = reader.failure(error);
    const identities = new Map(principals.map(({ id }) => [id, { failed }]));
    facts.azure = { ...facts.azure, identities, applications: new Map(clientIDs.map(id => [id, { failed }])) };
    return undefined;
  }
  const { authorityHost, cloud } = azure;
  facts.azure = { ...facts.azure, ...(authorityHost ? { authorityHost } : {}), ...(cloud ? { cloud } : {}) };
  const visible = visibleSubscriptions(azure, reader);
  const options = { azure, reader, visible, ...(subscriptions ? { subscriptions } : {}) };
  // A sign-in to Graph that is refused is none to ARM, and has been told where ARM's is.
  const ofGraph = azureReader(world, io, { quiet: flags.quiet === true || principals.length > 0 });
  // Together with the others: a CI's assertion is good for minutes, and each scope needs a token of its own.
  const [ofClusters, ofIdentities, ofApplications] = await Promise.all([
    readManagedClusters(facts, { ...options, ...(named ? { named } : {}) }),
    readIdentities(principals, options),
    readApplications(clientIDs, { azure, reader: ofGraph }),
  ]);
  // Which clusters are asked rests on which were found.
  const ofBindings = await readIdentityBindings(identityBindingsToRead(facts, decisions), { azure, reader });
  io.signal.throwIfAborted();
  facts.azure = { ...facts.azure, ...ofIdentities, ...ofApplications, ...ofBindings };
  facts.azure = { ...facts.azure, ...(await readRoleAssignments(facts, decisions, { azure, reader })) };
  // That nobody is signed in has been told.
  facts.findings.push(...(reader.isSignedOut() ? [] : ofClusters), ...nearlyMatchingIssuers(facts, decisions));
  facts.findings.push(...issuersOfOtherClouds(facts, decisions));
  const seen = [...ofIdentities.identities.values(), ...(ofApplications.applications?.values() ?? [])];
  return isIdle || seen.some(one => one === "notFound" || !("failed" in one)) ? azure : undefined;
}
