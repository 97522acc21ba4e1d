import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyFlags } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import { createSimulatedAzure, type FederatedCredentialSeed } from "../../src/sandbox/azure/simulatedAzure.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { newSigningKey } from "../../src/sandbox/signingKey.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import {
  azureIdentity,
  azureIdentityBinding,
  cronJob,
  deployment,
  namespace,
  serviceAccount,
  standardMode,
  statefulSet,
} from "../e2e/world.ts";
import { applyOnce, capturedIo, type Death, mortalWorld } from "./mortalWorld.ts";

const tenantId = "10000000-0000-4000-8000-000000000001";
const subscriptionId = "20000000-0000-4000-8000-000000000002";
const issuer = `https://eastus.oic.prod-aks.azure.com/${tenantId}/30000000-0000-4000-8000-000000000003/`;
const identities = ["cart", "billing"].map((name, index) => ({
  name,
  clientID: `40000000-0000-4000-8000-00000000000${index}`,
  resourceID: `/subscriptions/${subscriptionId}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`,
}));

const objects = [
  namespace("shop"),
  ...standardMode,
  ...identities.flatMap(identity => [
    azureIdentity("shop", identity),
    azureIdentityBinding("shop", { azureIdentity: identity.name, selector: identity.name }),
  ]),
  serviceAccount("shop", "shared"),
  serviceAccount("shop", "nightly"),
  deployment("shop", "cart", { label: "cart", replicas: 2 }),
  deployment("shop", "orders", { label: "cart", account: "shared" }),
  statefulSet("shop", "ledger", { label: "billing", account: "shared" }),
  cronJob("shop", "nightly", { label: "billing", account: "nightly" }),
] as (KubernetesObject & { metadata: object })[];

/** Made once: a hundred clusters need no key each. */
const signingKey = newSigningKey();

/** A cluster and an Azure, the same ones each time. */
async function startServers() {
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({
    clock,
    objects,
    issuer,
    webhook: { version: "1.6.0", tenantId },
    signingKey,
  });
  const simulated = createSimulatedAzure({ clock, jwks: async () => cluster.jwks(), writeMilliseconds: 1000 });
  for (const { name, clientID } of identities) {
    simulated.addIdentity({
      subscriptionId,
      resourceGroup: "shop",
      name,
      tenantId,
      clientId: clientID,
      principalId: clientID,
    });
  }
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  return {
    clock,
    connection,
    azure: signedInAccess(simulated, clock),
    endState: (): EndState => endState(cluster.objects(), identity => simulated.federatedCredentials(identity)),
    async stop() {
      connection.close();
      await cluster.stop();
    },
  };
}

type Servers = Awaited<ReturnType<typeof startServers>>;

/** What a migration leaves: objects without what the server keeps, records without their numbers, credentials. */
interface EndState {
  objects: Record<string, unknown>;
  records: Record<string, unknown>;
  credentials: FederatedCredentialSeed[];
}

function endState(
  all: readonly KubernetesObject[],
  credentialsOf: (id: string) => FederatedCredentialSeed[],
): EndState {
  const kept = all.filter(({ kind, metadata }) => {
    const isMadeByController = metadata.ownerReferences?.some(owner => owner.controller) ?? false;
    return !isMadeByController && !["Event", "Lease", "Endpoints"].includes(kind);
  });
  const records: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const { metadata, status: _, ...object } of kept) {
    // The generation stays: a template that was changed twice would have rolled twice.
    const { uid: _1, resourceVersion: _2, creationTimestamp: _3, managers: _4, ...own } = metadata;
    const record = (object.data as Record<string, string> | undefined)?.["record.json"];
    if (record === undefined) rest[`${object.kind} ${own.namespace ?? ""}/${own.name}`] = { ...object, metadata: own };
    else {
      const { seq: _5, ...value } = JSON.parse(record) as { seq: number; run: string; step: object };
      records[own.name] = value;
    }
  }
  const credentials = identities.flatMap(({ resourceID }) => credentialsOf(resourceID));
  return { objects: rest, records, credentials: credentials.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

describe("a run that is killed", () => {
  let folder: string;
  const flags: ApplyFlags = { output: "json", timeout: 600, yes: true, quiet: true };
  const deaths: Death[] = [];
  let expected: EndState;
  let plans = 0;

  async function savedPlan(servers: Servers): Promise<string> {
    const mortal = mortalWorld(servers);
    plans += 1;
    const out = `plan-${plans}.json`;
    expect(await plan({ output: "json", out }, mortal.world, capturedIo(folder).io)).toBe(0);
    expect(mortal.writes).toEqual([]);
    return out;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "azwi-migrate-resume-"));
    const servers = await startServers();
    try {
      const { code, writes } = await applyOnce(servers, { folder, flags, file: await savedPlan(servers) });
      expect(code).toBe(0);
      expected = servers.endState();
      for (const [index] of writes.entries()) {
        deaths.push({ write: index + 1, moment: "before" }, { write: index + 1, moment: "after" });
      }
    } finally {
      await servers.stop();
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has a migration of several dozen writes to be killed in", () => {
    expect(deaths.length / 2).toBeGreaterThan(30);
    expect(expected.credentials).toHaveLength(4);
    expect(Object.values(expected.records)).toHaveLength(12);
  });

  /** Kills a migration, applies again with `file` (none: plans anew), and gives what both left. */
  async function killedAndResumed(death: Death, file: "saved" | "none") {
    const servers = await startServers();
    try {
      const saved = file === "saved" ? await savedPlan(servers) : undefined;
      const first = await applyOnce(servers, { folder, flags, file: saved, death });
      const again = await applyOnce(servers, { folder, flags, file: saved });
      return { death, codes: [first.code, again.code], end: servers.endState() };
    } finally {
      await servers.stop();
    }
  }

  it("ends as an uninterrupted one when the same plan is applied again, wherever it died", async () => {
    const limit = pLimit(4);
    const ends = await Promise.all(deaths.map(death => limit(() => killedAndResumed(death, "saved"))));
    for (const end of ends) expect(end).toEqual({ death: end.death, codes: ["killed", 0], end: expected });
    // Every write is died at, and each death is a whole migration.
  }, 600_000);

  it("ends so too, rollouts included, when it is planned anew instead", async () => {
    const limit = pLimit(4);
    const some = deaths.filter((_, index) => index % 5 === 0);
    const ends = await Promise.all(some.map(death => limit(() => killedAndResumed(death, "none"))));
    const records = (end: EndState) => Object.values(end.records) as { state: string; step: { id: string } }[];
    const done = records(expected).map(({ step }) => step.id);
    for (const { death, codes, end } of ends) {
      const { objects, credentials } = expected;
      expect({ death, codes, end: { ...end, records: {} } }).toEqual({
        death,
        codes: ["killed", 0],
        end: { objects, credentials, records: {} },
      });
      // An intent of the run that died may stay: another run cannot know whether its write is still on its way.
      const steps = (state: string) => records(end).flatMap(one => (one.state === state ? [one.step.id] : []));
      expect({ death, done: [...new Set(steps("done"))].sort() }).toEqual({ death, done: done.sort() });
      expect(done).toEqual(expect.arrayContaining(steps("intent")));
    }
  }, 600_000);
});
