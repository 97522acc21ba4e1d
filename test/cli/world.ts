import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRecord, type KubernetesObject } from "../../src/core/kubernetes.ts";
import { collectFiles } from "../../src/manifests/collect.ts";
import type { JwksOfIssuer } from "../../src/sandbox/azure/assertion.ts";
import type { SandboxHandler, SandboxRequest } from "../../src/sandbox/azure/http.ts";
import { serveHttps } from "../../src/sandbox/azure/httpsTransport.ts";
import { createSimulatedAzure, type SimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { type SimulatedCluster, startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { systemClock } from "../sandbox/azure/world.ts";

export const tenantId = "10000000-0000-4000-8000-000000000001";
export const issuer = `https://eastus.oic.prod-aks.azure.com/${tenantId}/20000000-0000-4000-8000-000000000002/`;
export const shop = fileURLToPath(new URL("../../examples/shop", import.meta.url));
const tls = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const resourceManagerAudience = "https://management.simulated";
export const operator = { clientId: "30000000-0000-4000-8000-000000000003", secret: "the-operators-secret" };

/** A folder of its own that goes with `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "azwi-migrate-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A kubeconfig of these contexts, each a cluster of its own; the first one is current. */
export function kubeconfig(servers: Record<string, string>, user: object = {}): string {
  const names = Object.keys(servers);
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": names[0],
    contexts: names.map(name => ({ name, context: { cluster: name, user: "operator" } })),
    clusters: names.map(name => ({ name, cluster: { server: servers[name] } })),
    users: [{ name: "operator", user }],
  });
}

/** The example shop as objects. */
export async function shopObjects(): Promise<KubernetesObject[]> {
  const { objects } = await collectFiles([shop], { stdin: process.stdin, cwd: tmpdir() });
  return objects.map(({ ref, object }) => ({
    ...object,
    metadata: { ...object.metadata, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) },
  }));
}

export interface World {
  cluster: SimulatedCluster;
  azure: SimulatedAzure;
  folder: string;
  /** What an operator's shell has who may use both. */
  env: Record<string, string>;
  /** The same without a sign-in to Azure. */
  envWithoutAzure: Record<string, string>;
  stop(): Promise<void>;
}

export interface AzureOfWorld {
  /** The keys of issuers beside the cluster's. */
  jwks?: JwksOfIssuer;
  /** Called with every request to Azure before it is answered. */
  before?(request: SandboxRequest, azure: SimulatedAzure): void;
}

/** A cluster with these objects (the shop when left out) and an Azure with their identities, served to other processes. */
export async function startWorld(
  given?: readonly KubernetesObject[],
  { before, jwks }: AzureOfWorld = {},
): Promise<World> {
  const objects = given ?? (await shopObjects());
  const folder = temporaryFolder();
  const cluster = await startSimulatedCluster({
    clock: systemClock,
    objects,
    issuer,
    webhook: { version: "1.6.0", tenantId },
    timing: { reaction: 5, scheduling: 5, readiness: 5, termination: 5, completion: 5, retry: 20 },
  });
  const azure = createSimulatedAzure({
    clock: systemClock,
    resourceManagerAudience,
    jwks: async asked => (asked === issuer ? cluster.jwks() : jwks?.(asked)),
  });
  azure.addApplication({ tenantId, clientId: operator.clientId, displayName: "operator", secrets: [operator.secret] });
  for (const seed of identitiesOf(objects)) azure.addIdentity(seed);
  const certificate = join(tls, "simulated-azure.crt.pem");
  const handle: SandboxHandler = request => {
    before?.(request, azure);
    return azure.handle(request);
  };
  const https = await serveHttps(handle, {
    cert: readFileSync(certificate, "utf8"),
    key: readFileSync(join(tls, "simulated-azure.key.pem"), "utf8"),
  });
  const cloud = join(folder.path, "cloud.json");
  writeFileSync(
    cloud,
    JSON.stringify({
      name: "Simulated",
      resourceManagerEndpoint: `${https.origin}/`,
      activeDirectoryEndpoint: `${https.origin.replace("127.0.0.1", "localhost")}/`,
      tokenAudience: resourceManagerAudience,
    }),
  );
  const KUBECONFIG = join(folder.path, "kubeconfig.json");
  writeFileSync(KUBECONFIG, kubeconfig({ shop: cluster.url }));
  return {
    cluster,
    azure,
    folder: folder.path,
    env: {
      KUBECONFIG,
      // The proof waits in real time.
      AZWI_MIGRATE_EXCHANGE_INTERVAL: "10ms",
      AZURE_ENVIRONMENT_FILEPATH: cloud,
      NODE_EXTRA_CA_CERTS: certificate,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: operator.clientId,
      AZURE_CLIENT_SECRET: operator.secret,
    },
    envWithoutAzure: { KUBECONFIG },
    async stop() {
      await Promise.all([cluster.stop(), https.close()]);
      folder.remove();
    },
  };
}

function identitiesOf(objects: readonly KubernetesObject[]) {
  return objects.flatMap(({ kind, spec }) => {
    if (kind !== "AzureIdentity" || !isRecord(spec)) return [];
    const [, , subscriptionId = "", , resourceGroup = "", , , , name = ""] = String(spec.resourceID).split("/");
    const clientId = String(spec.clientID);
    return [{ subscriptionId, resourceGroup, name, clientId, principalId: clientId, tenantId }];
  });
}
