import { normalResourceID } from "../azure/resourceId.ts";
import type { Facts } from "../facts.ts";
import type { SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { type AzureIdentity, readAzureIdentity } from "./match.ts";

interface Index {
  /** In lower case. */
  byClientID: Map<string, AzureIdentity>;
  byResourceID: Map<string, AzureIdentity>;
}

/** The AzureIdentity of a source that has a client id or else a resource id, as anything spells them; of several the first. */
export function azureIdentityOf(
  facts: Facts,
  source: SourceId,
  { clientID, resourceID = "" }: { clientID?: string | undefined; resourceID?: string | undefined },
): AzureIdentity | undefined {
  const index = indexBySource(facts).get(source);
  if (clientID !== undefined) return index?.byClientID.get(clientID.toLowerCase());
  return index?.byResourceID.get(normalResourceID(resourceID) ?? "");
}

const indexBySource = perFacts(facts => {
  const bySource = new Map<SourceId, Index>();
  for (const { id: source } of facts.sources) {
    const index: Index = { byClientID: new Map(), byResourceID: new Map() };
    for (const found of facts.objects.ofKind(source, "AzureIdentity")) {
      const identity = readAzureIdentity(found);
      const [clientID, id] = [identity.clientID.toLowerCase(), normalResourceID(identity.resourceID)];
      if (!index.byClientID.has(clientID)) index.byClientID.set(clientID, identity);
      if (id !== undefined && !index.byResourceID.has(id)) index.byResourceID.set(id, identity);
    }
    bySource.set(source, index);
  }
  return bySource;
});
