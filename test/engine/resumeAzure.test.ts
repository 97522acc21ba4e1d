import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyFlags } from "../../src/commands/apply.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { probeLabel } from "../../src/core/probe/probePod.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import { createSimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import type { Pod } from "../../src/sandbox/cluster/object.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { newSigningKey } from "../../src/sandbox/signingKey.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { bound, clientIDOf, resourceIDOf } from "../core/factories.ts";
import { standardMode } from "../e2e/world.ts";
import { applyOnce, type Death } from "./mortalWorld.ts";
import { app, clusterResourceID, isRecord } from "./world.ts";

const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
const issuer = `https://west.oic.prod-aks.azure.com/${tenantId}/30000000-0000-4000-8000-000000000003/`;
/** `cart` gets an identity binding, which a probe pod cannot try; `billing` a federated credential and a probe. */
const config = `apiVersion: azwi-migrate.dev/v1alpha1
kind: Config
probePods: true
identities:
  ${clientIDOf("cart")}:
    trust: identityBinding
`;
const objects = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  ...standardMode,
  ...bound("shop/cart"),
  ...bound("shop/billing"),
  ...app("cart"),
  ...app("billing", { identity: "billing" }),
] as KubernetesObject[];
const signingKey = newSigningKey();
const isProbe = (pod: Pod | KubernetesObject) => pod.metadata.labels?.[probeLabel] === "true";

/** An AKS cluster and an Azure, the same ones each time, in which probe pods exchange their tokens. */
async function startServers() {
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({
    clock,
    objects,
    issuer,
    webhook: { version: "1.6.0", tenantId, identityBinding: "aks" },
    signingKey,
  });
  cluster.fail({ exits: 0, message: "exchanged", when: isProbe });
  const simulated = createSimulatedAzure({ clock, jwks: async () => cluster.jwks(), writeMilliseconds: 1000 });
  const place = { subscriptionId: "sub", resourceGroup: "shop", tenantId };
  for (const name of ["cart", "billing"])
    simulated.addIdentity({ ...place, name, clientId: clientIDOf(name), principalId: clientIDOf(name) });
  const properties = {
    oidcIssuerProfile: { enabled: true, issuerURL: issuer },
    securityProfile: { workloadIdentity: { enabled: true } },
  };
  simulated.addManagedCluster({ ...place, name: "west", properties });
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  const azure = signedInAccess(simulated, clock);
  return {
    clock,
    connection,
    azure,
    async end() {
      const kept = cluster.objects().filter(({ kind, metadata }) => {
        const isMade = metadata.ownerReferences?.some(owner => owner.kind !== "ServiceAccount" && owner.controller);
        return !isMade && ["Deployment", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Pod"].includes(kind);
      });
      return {
        objects: kept.map(({ kind, metadata: { name, generation, annotations }, spec }) =>
          JSON.stringify({ kind, name, generation, annotations, spec }),
        ),
        probes: cluster.objects("Pod").filter(isProbe).length,
        records: cluster
          .objects("ConfigMap")
          .filter(isRecord)
          .map(({ data }) => JSON.parse((data as Record<string, string>)["record.json"] ?? ""))
          .map(({ state, step }) => `${step.op} ${step.target.kind} ${step.target.name} ${state}`)
          .sort(),
        bindings: await azure.listIdentityBindings(clusterResourceID),
        credentials: ["cart", "billing"].flatMap(name => simulated.federatedCredentials(resourceIDOf(name))),
      };
    },
    async stop() {
      connection.close();
      await cluster.stop();
    },
  };
}

type Servers = Awaited<ReturnType<typeof startServers>>;

describe("a run with identity bindings and probe pods that is killed", () => {
  const flags: ApplyFlags = {
    output: "json",
    timeout: 600,
    yes: true,
    quiet: true,
    clusterResourceId: [clusterResourceID],
  };
  let folder: string;
  let expected: Awaited<ReturnType<Servers["end"]>>;
  let writes: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "azwi-migrate-resume-"));
    await writeFile(join(folder, "azwi-migrate.yaml"), config);
    const servers = await startServers();
    try {
      const whole = await applyOnce(servers, { folder, flags });
      expect(whole.code).toBe(0);
      writes = whole.writes;
      expected = await servers.end();
    } finally {
      await servers.stop();
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("makes and deletes a probe, and a binding, one credential and two switches", () => {
    expect(expected.probes).toBe(0);
    expect(expected.bindings).toMatchObject([{ state: "Succeeded" }]);
    expect(expected.credentials).toHaveLength(2);
    expect(expected.records.filter(one => !one.endsWith(" done"))).toEqual([]);
    expect(expected.records.filter(one => /^(create Pod|bind|trust|patch Deployment) /.test(one))).toHaveLength(5);
    expect(writes.length).toBeGreaterThan(20);
  });

  it("ends as an uninterrupted one when it is applied again, wherever it died", async () => {
    const limit = pLimit(4);
    const deaths = writes.flatMap((_, index): Death[] => [
      { write: index + 1, moment: "before" },
      { write: index + 1, moment: "after" },
    ]);
    const ends = await Promise.all(
      deaths.map(death =>
        limit(async () => {
          const servers = await startServers();
          try {
            const codes = [
              (await applyOnce(servers, { folder, flags, death })).code,
              (await applyOnce(servers, { folder, flags })).code,
            ];
            const { records, ...end } = await servers.end();
            const probes = records.filter(one => one.startsWith("create Pod"));
            return { death, codes, end, open: probes.filter(one => !one.endsWith(" done")) };
          } finally {
            await servers.stop();
          }
        }),
      ),
    );
    const { records: _, ...end } = expected;
    for (const one of ends) expect(one).toEqual({ death: one.death, codes: ["killed", 0], end, open: [] });
    // Each death is a whole migration.
  }, 600_000);
});
