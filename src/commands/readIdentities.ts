import pLimit from "p-limit";
import { askedOnce } from "../azure/askedOnce.ts";
import type { AzureAccess, ManagedIdentity } from "../core/azure/azurePorts.ts";
import { subscriptionOf } from "../core/azure/azureRates.ts";
import { isClientID } from "../core/azure/servicePrincipal.ts";
import type { AzureFacts, PrincipalRef } from "../core/model.ts";
import { isSameClientID } from "../core/workloadIdentity/workloadIdentity.ts";
import type { AzureReader } from "./azureReader.ts";
import { searchAzure, type VisibleSubscriptions } from "./searchAzure.ts";

type SeenIdentity = NonNullable<ReturnType<AzureFacts["identities"]["get"]>>;

export interface ReadIdentitiesOptions {
  azure: AzureAccess;
  reader: AzureReader;
  visible: VisibleSubscriptions;
  /** Where client ids are looked for; absent: wherever the caller sees something. */
  subscriptions?: readonly string[];
}

/**
 * What Azure says of identities that are named by resource id, client id or both: one search for all client ids, one request for
 * each resource id at which that did not find the client id, and one list of credentials for each identity that is used.
 */
export async function readIdentities(
  principals: readonly PrincipalRef[],
  { azure, reader, visible, subscriptions }: ReadIdentitiesOptions,
): Promise<Pick<AzureFacts, "identities" | "places" | "unsearched">> {
  const clientIDs = [...new Set(principals.map(({ clientID }) => clientID.toLowerCase()).filter(isClientID))];
  const searched = await searchAzure<ManagedIdentity>(
    {
      query: among => azure.queryIdentities(clientIDs, among),
      list: id => azure.listIdentities(id),
      first: principals.flatMap(({ id }) => subscriptionOf(id) ?? []),
      isComplete(found) {
        const seen = new Set(found.map(({ clientID }) => clientID.toLowerCase()));
        return clientIDs.every(id => seen.has(id));
      },
    },
    { reader, visible, ...(subscriptions ? { subscriptions } : {}) },
  );
  const byClientID = new Map(searched.found.map(identity => [identity.clientID.toLowerCase(), identity]));
  const identities = new Map<string, SeenIdentity>();
  const places = new Map<string, string>();
  const limit = pLimit(8);

  // What two AzureIdentities share is asked for once.
  const use = askedOnce(async (identity: ManagedIdentity) => {
    const read = await reader.read(() => azure.listCredentials(identity.id));
    if ("value" in read) identities.set(identity.id, { ...identity, credentials: read.value });
    else {
      // Resource Graph is behind for what has just gone; what may not be read is there all the same.
      const { seen } = await identityAt(identity.id);
      identities.set(identity.id, seen === "notFound" ? seen : { failed: read.failed });
    }
  });
  const identityAt = askedOnce(async (id: string): Promise<{ seen: SeenIdentity; identity?: ManagedIdentity }> => {
    const read = await reader.read(() => azure.getIdentity(id));
    if ("value" in read && read.value) return { seen: { ...read.value, credentials: [] }, identity: read.value };
    if (!("value" in read) && !read.refused) return { seen: { failed: read.failed } };
    const subscription = subscriptionOf(id);
    if (subscription !== undefined && (await visible())?.includes(subscription) === false) {
      const failed = "value" in read ? "there is none, or you may not see it" : read.failed;
      return { seen: { failed, subscription } };
    }
    return { seen: "value" in read ? "notFound" : { failed: read.failed } };
  });
  const readOne = async ({ id, clientID }: PrincipalRef): Promise<void> => {
    const place = byClientID.get(clientID.toLowerCase());
    if (place?.id === id) return use(place);
    if (id.startsWith("/")) {
      const { seen, identity } = await identityAt(id);
      // Resource Graph is behind for what has just been made.
      if (identity && (clientID === "" || isSameClientID(identity.clientID, clientID))) return use(identity);
      if (!identities.has(id)) identities.set(id, seen);
    }
    if (place === undefined) return;
    // It is behind for what has just gone, too.
    const { identity } = await identityAt(place.id);
    if (!identity || !isSameClientID(identity.clientID, clientID)) return;
    places.set(clientID.toLowerCase(), identity.id);
    await use(identity);
  };
  await Promise.all(principals.map(principal => limit(() => readOne(principal))));
  return {
    identities,
    ...(places.size > 0 ? { places } : {}),
    ...(searched.unsearched.length > 0 ? { unsearched: searched.unsearched.sort() } : {}),
  };
}
