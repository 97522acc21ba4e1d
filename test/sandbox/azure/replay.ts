import { createSimulatedAzure, type SimulatedAzure } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { SimulatedClock } from "../../../src/sandbox/simulatedClock.ts";
import { arm, token } from "./world.ts";

/** One recorded exchange with Azure Resource Manager. */
export interface Interaction {
  request: { method: string; uri: string; body?: unknown };
  response: { status: number; headers: Record<string, string>; body: unknown };
}

type Wire = {
  id: string;
  name: string;
  location?: string;
  tags?: Record<string, string>;
  properties: Record<string, unknown>;
};

const simulated =
  /\/providers\/Microsoft\.(ManagedIdentity\/userAssignedIdentities|ContainerService\/managedClusters)/i;
const identity =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/([^/]+)/i;
const cluster =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.ContainerService\/managedClusters\/([^/]+)$/i;
/** Headers whose recorded values are the same for every answer; the others tell of one moment. */
const stable = ["content-type", "cache-control", "expires", "pragma", "x-content-type-options", "location"];

function pathOf(interaction: Interaction): string {
  return new URL(interaction.request.uri).pathname;
}

/** True for an operation that the simulated Azure has so far; recordings hold others, such as creating an identity. */
export function isSimulated(interaction: Interaction): boolean {
  const path = pathOf(interaction);
  return simulated.test(path) && !(interaction.request.method !== "GET" && /userAssignedIdentities\/[^/]+$/.test(path));
}

/** Builds the state that a recording began with, as far as its own answers tell. */
function stateBefore(interactions: readonly Interaction[]): SimulatedAzure {
  const azure = createSimulatedAzure({ clock: new SimulatedClock(), jwks: async () => undefined });
  azure.addAccessToken(token);
  const known = new Set<string>();
  for (const interaction of interactions) {
    const path = pathOf(interaction);
    const [id, subscriptionId = "", resourceGroup = "", name = ""] = identity.exec(path) ?? [];
    if (id !== undefined && !known.has(id)) {
      known.add(id);
      const own = interactions.find(one => pathOf(one) === id)?.response.body as Wire | undefined;
      azure.addIdentity({
        subscriptionId,
        resourceGroup,
        name,
        location: own?.location ?? "westeurope",
        tags: own?.tags ?? {},
        tenantId: String(own?.properties.tenantId ?? "tenant"),
        principalId: String(own?.properties.principalId ?? "principal"),
        clientId: String(own?.properties.clientId ?? "client"),
        federatedCredentials: listedButNeverWritten(interactions, id),
      });
    }
    const [, ...where] = cluster.exec(path) ?? [];
    if (where[0] !== undefined && where[1] !== undefined && where[2] !== undefined) {
      const body = interaction.response.body as Wire;
      azure.addManagedCluster({
        subscriptionId: where[0],
        tenantId: "tenant",
        resourceGroup: where[1],
        name: where[2],
        location: body.location ?? "",
        properties: body.properties,
      });
    }
  }
  return azure;
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

/** What of an answer a replay compares: the status, the body, and the headers that do not tell of one moment. */
interface Compared {
  request: string;
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

/** Sends a recording's requests, in order, to a simulated Azure in the state that the recording began with. */
export async function replay(
  interactions: readonly Interaction[],
): Promise<{ recorded: Compared[]; given: Compared[] }> {
  const azure = stateBefore(interactions);
  const recorded: Compared[] = [];
  const given: Compared[] = [];
  for (const interaction of interactions.filter(isSimulated)) {
    const { method, uri, body } = interaction.request;
    const { response } = interaction;
    const request = `${method} ${uri}`;
    const answer = await arm(azure, method, uri, body ?? undefined);
    // A header that a transcriber left out cannot be compared; Location can, its absence means something.
    const compared = stable.filter(name => name in response.headers || name === "location");
    const pick = (headers: Record<string, string>) =>
      Object.fromEntries(compared.flatMap(name => (headers[name] === undefined ? [] : [[name, headers[name]]])));
    const isCluster = cluster.test(pathOf(interaction));
    const { kind: _, identity: __, sku: ___, ...rest } = (response.body || {}) as Record<string, unknown>;
    recorded.push({
      request,
      status: response.status,
      body: isCluster ? rest : response.body || "",
      headers: isCluster ? {} : pick(response.headers),
    });
    given.push({ request, status: answer.status, body: answer.body, headers: isCluster ? {} : pick(answer.headers) });
  }
  return { recorded, given };
}
