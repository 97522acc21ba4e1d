import type { SimulatedAzure } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { createSimulatedAzure } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { SimulatedClock } from "../../../src/sandbox/simulatedClock.ts";
import { arm, token } from "./world.ts";

/** One recorded exchange with Azure Resource Manager. */
export interface Interaction {
  request: { method: string; uri: string; body?: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}

/** An answer that Azure gave or promises, and the one that the simulated Azure gives to the same request. */
export interface Comparison {
  /** Where it is from and what it is about. */
  what: string;
  expected: unknown;
  given: unknown;
}

interface Wire {
  id: string;
  name: string;
  location?: string;
  tags?: Record<string, string>;
  properties: Record<string, unknown>;
}

const group = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)$/i;
const identity =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/([^/]+)/i;
const cluster =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)$/i;
/** Headers whose recorded values are the same for every answer; the others tell of one moment. */
const stable = ["content-type", "cache-control", "expires", "pragma", "x-content-type-options", "location"];

function pathOf(interaction: Interaction): string {
  return new URL(interaction.request.uri).pathname;
}

/** Builds the state that a recording began with, as far as its own answers tell. */
function stateBefore(interactions: readonly Interaction[]): SimulatedAzure {
  const azure = createSimulatedAzure({ clock: new SimulatedClock(), jwks: async () => undefined });
  azure.addAccessToken(token);
  const tenantId = interactions.map(one => tenantIn(one.response.body)).find(one => one !== undefined) ?? "tenant";
  const known = new Set<string>();
  for (const interaction of interactions) {
    const path = pathOf(interaction);
    const { body } = interaction.response;
    const [, ofGroup, groupName] = group.exec(path) ?? [];
    if (ofGroup !== undefined && groupName !== undefined) {
      const { location = "", tags = {} } = body as Wire;
      azure.addResourceGroup({ tenantId, subscriptionId: ofGroup, resourceGroup: groupName, location, tags });
    }
    const [id, subscriptionId = "", resourceGroup = "", name = ""] = identity.exec(path) ?? [];
    if (id !== undefined && !known.has(id)) {
      known.add(id);
      azure.addResourceGroup({ tenantId, subscriptionId, resourceGroup, ...groupOf(interactions) });
      const own = interactions.find(one => pathOf(one) === id);
      if (own?.request.method !== "PUT") seedIdentity(azure, interactions, { subscriptionId, resourceGroup, name });
    }
    const [, ...where] = cluster.exec(path) ?? [];
    if (where[0] !== undefined && where[1] !== undefined && where[2] !== undefined) {
      const { location = "", properties, id: _, name: __, type: ___, ...resource } = body as Wire & { type: string };
      azure.addManagedCluster({
        subscriptionId: where[0],
        tenantId,
        resourceGroup: where[1],
        name: where[2],
        location,
        properties,
        resource,
      });
    }
  }
  return azure;
}

function tenantIn(body: unknown): string | undefined {
  const tenantId = (body as Partial<Wire> | null)?.properties?.tenantId;
  return typeof tenantId === "string" ? tenantId : undefined;
}

/** Location and tags of the group that a recording reads; nothing where it reads none. */
function groupOf(interactions: readonly Interaction[]) {
  const read = interactions.find(one => group.test(pathOf(one)))?.response.body as Wire | undefined;
  return read === undefined ? {} : { location: read.location ?? "", tags: read.tags ?? {} };
}

function seedIdentity(
  azure: SimulatedAzure,
  interactions: readonly Interaction[],
  place: { subscriptionId: string; resourceGroup: string; name: string },
): void {
  const id = `/subscriptions/${place.subscriptionId}/resourceGroups/${place.resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${place.name}`;
  const bodyAt = (path: string) => interactions.find(one => pathOf(one) === path)?.response.body;
  const own = bodyAt(id) as Wire | undefined;
  const associated = bodyAt(`${id}/listAssociatedResources`) as
    | { value: { id: string; subscriptionId: string; subscriptionDisplayName: string }[] }
    | undefined;
  azure.addIdentity({
    ...place,
    location: own?.location ?? "westeurope",
    tags: own?.tags ?? {},
    tenantId: tenantIn(own) ?? "tenant",
    principalId: String(own?.properties.principalId ?? "principal"),
    clientId: String(own?.properties.clientId ?? "client"),
    federatedCredentials: listedButNeverWritten(interactions, id),
    associatedResources: associated?.value.map(one => one.id) ?? [],
  });
  for (const { subscriptionId, subscriptionDisplayName: displayName } of associated?.value ?? []) {
    azure.addSubscription({ subscriptionId, displayName, tenantId: "tenant" });
  }
}

/** A recording may begin in the middle: what it lists and never writes was there before. */
function listedButNeverWritten(interactions: readonly Interaction[], identityId: string) {
  const lists = interactions.filter(one => pathOf(one) === `${identityId}/federatedIdentityCredentials`);
  const written = new Set(interactions.filter(one => one.request.method === "PUT").map(pathOf));
  const seeds = new Map<string, { name: string; issuer: string; subject: string; audience: string }>();
  for (const list of lists) {
    for (const { name, properties } of (list.response.body as { value: Wire[] }).value) {
      if (written.has(`${identityId}/federatedIdentityCredentials/${name}`)) continue;
      const { issuer, subject, audiences } = properties as { issuer: string; subject: string; audiences: string[] };
      seeds.set(name, { name, issuer, subject, audience: audiences[0] ?? "" });
    }
  }
  return [...seeds.values()];
}

/** The ids that the service makes up when it creates an identity are others each time. */
function withoutMadeUpIds({ request }: Interaction, body: unknown): unknown {
  const isCreated = request.method === "PUT" && /userAssignedIdentities\/[^/]+$/i.test(new URL(request.uri).pathname);
  if (!isCreated || typeof body !== "object" || body === null) return body;
  const { properties, ...rest } = body as Wire;
  return { ...rest, properties: { ...properties, principalId: "made up", clientId: "made up" } };
}

/** Sends a recording's requests, in order, to a simulated Azure in the state that the recording began with. */
export async function replay(source: string, interactions: readonly Interaction[]): Promise<Comparison[]> {
  const azure = stateBefore(interactions);
  const comparisons: Comparison[] = [];
  for (const interaction of interactions) {
    const { method, uri, body } = interaction.request;
    const { response } = interaction;
    const answer = await arm(azure, method, uri, body ?? undefined);
    // A header that a transcriber left out cannot be compared; Location can, its absence means something.
    const compared = stable.filter(name => name in response.headers || name === "location");
    const pick = (headers: Record<string, string>) =>
      Object.fromEntries(compared.flatMap(name => (headers[name] === undefined ? [] : [[name, headers[name]]])));
    const shown = (status: number, headers: Record<string, string>, content: unknown) => ({
      status,
      body: withoutMadeUpIds(interaction, content || ""),
      headers: pick(headers),
    });
    comparisons.push({
      what: `${source}: ${method} ${new URL(uri).pathname.split("/").slice(-2).join("/")}`,
      expected: shown(response.status, response.headers, response.body),
      given: shown(answer.status, answer.headers, answer.body),
    });
  }
  return comparisons;
}
