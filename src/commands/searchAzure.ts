import pLimit from "p-limit";
import type { AzureAccess, SearchScope } from "../core/azure/azurePorts.ts";
import type { AzureReader } from "./azureReader.ts";

/** What a search over subscriptions found, and the subscriptions (or `all`) that it could not look into. */
export interface Searched<T> {
  found: T[];
  unsearched: string[];
}

/** How a search is done: at once through Resource Graph, else by lists. */
export interface Search<T> {
  query(among: SearchScope): Promise<T[]>;
  list(subscription: string): Promise<T[]>;
  /** These are listed before all others. */
  first?: readonly string[];
  /** Whether nothing is left to look for. */
  isComplete(found: readonly T[]): boolean;
}

/** The subscriptions that the caller sees, asked for once; undefined where they cannot be listed. */
export type VisibleSubscriptions = () => Promise<readonly string[] | undefined>;

export function visibleSubscriptions(azure: AzureAccess, reader: AzureReader): VisibleSubscriptions {
  let asked: Promise<readonly string[] | undefined> | undefined;
  const ask = async () => {
    const read = await reader.read(() => azure.listSubscriptions());
    return "value" in read ? read.value.map(({ id }) => id.toLowerCase()) : undefined;
  };
  return () => {
    asked ??= ask();
    return asked;
  };
}

/**
 * Searches the given subscriptions, or all that the caller sees. Where Resource Graph refuses (it is not there in every cloud) or
 * keeps failing, the subscriptions are listed one by one, until nothing is left to look for.
 */
export async function searchAzure<T>(
  { query, list, first = [], isComplete }: Search<T>,
  { reader, visible, subscriptions }: { reader: AzureReader; visible: VisibleSubscriptions } & SearchScope,
): Promise<Searched<T>> {
  const queried = await reader.read(() => query(subscriptions ? { subscriptions } : {}));
  if ("value" in queried) return { found: queried.value, unsearched: [] };
  // Nobody is signed in, or nothing answers: lists would fare no better.
  if (!queried.refused) return { found: [], unsearched: [...(subscriptions ?? ["all"])] };
  const among = subscriptions ?? (await visible());
  if (among === undefined) return { found: [], unsearched: ["all"] };
  const preferred = new Set(first.map(id => id.toLowerCase()));
  const searched: Searched<T> = { found: [], unsearched: [] };
  const limit = pLimit(8);
  for (const some of [
    among.filter(id => preferred.has(id.toLowerCase())),
    among.filter(id => !preferred.has(id.toLowerCase())),
  ]) {
    if (isComplete(searched.found)) break;
    await Promise.all(
      some.map(id =>
        limit(async () => {
          const listed = await reader.read(() => list(id));
          if ("value" in listed) searched.found.push(...listed.value);
          else searched.unsearched.push(id);
        }),
      ),
    );
  }
  return searched;
}
