import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/cli.ts";
import type { World } from "../../src/commands/io.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { FederatedCredential } from "../../src/core/model.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import { createSimulatedAzure, type SimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { type SimulatedCluster, startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { webhookObjects } from "../../src/sandbox/cluster/webhookInstallation.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { bound, clientIDOf, resourceIDOf } from "../core/factories.ts";
import { standardMode } from "../e2e/world.ts";
import { capturedIo } from "../engine/mortalWorld.ts";
import { app, isRecord } from "../engine/world.ts";

const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
const clusterNames = ["west", "east"] as const;
export type ClusterName = (typeof clusterNames)[number];

const webhook = { version: "1.6.0", tenantId } as const;

const pathsOfWebhook: Readonly<Record<string, string>> = {
  ServiceAccount: "api/v1/namespaces/kube-system/serviceaccounts",
  ConfigMap: "api/v1/namespaces/kube-system/configmaps",
  Service: "api/v1/namespaces/kube-system/services",
  Deployment: "apis/apps/v1/namespaces/kube-system/deployments",
  MutatingWebhookConfiguration: "apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
};

export const issuerOf = (name: string) => `https://${name}.oic.prod-aks.azure.com/t/${name}/`;

export interface FleetOptions {
  /** How many Deployments of the identity `cart` each cluster has, `app-0` and so on; one each when left out. */
  apps?: Partial<Record<ClusterName, number>>;
  objects?: Partial<Record<ClusterName, KubernetesObject[]>>;
  /** The AZURE_TENANT_ID of the webhooks; that of the identities when left out. */
  webhookTenant?: string;
  /** Clusters without the webhook of workload identity. */
  withoutWebhook?: readonly ClusterName[];
  /** Identities in Azure that no AzureIdentity names. */
  spare?: readonly string[];
  /** What the identity `cart` has already. */
  credentials?: readonly FederatedCredential[];
}

export interface Ran {
  exitCode: number;
  printed: string;
  said: string;
  /** What was printed, as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents of every kind
  document: any;
}

export interface FleetWorld {
  azure: SimulatedAzure;
  clusters: Record<ClusterName, SimulatedCluster>;
  folder: string;
  /** Runs a command line. */
  run(...argv: string[]): Promise<Ran>;
  /** The names under which contexts lead to the clusters; `aks-west` and `aks-east`. */
  contexts: Map<string, ClusterName>;
  /** In a cluster that was started without it; ends when its pods are ready. */
  installWebhook(name: ClusterName): Promise<void>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Writes that reached ARM: `PUT cart`. */
  azureWrites(): string[];
  /** Writes that reached a cluster, records apart: `PATCH deployments/app-0`. */
  clusterWrites(name: ClusterName): string[];
  records(name: ClusterName): string[];
  subjects(identity?: string): string[];
  /** Somebody else writes credentials of the identity `cart`. */
  addCredentials(...credentials: FederatedCredential[]): Promise<void>;
}

/** Two clusters whose workloads share identities in one Azure, and command lines that reach them. */
export async function fleetWorld(options: FleetOptions = {}): Promise<FleetWorld> {
  const clock = new SimulatedClock();
  const started = await Promise.all(
    clusterNames.map(async name => {
      const count = options.apps?.[name] ?? 1;
      const cluster = await startSimulatedCluster({
        clock,
        issuer: issuerOf(name),
        objects: [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: `uid-of-${name}` } },
          { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
          ...standardMode,
          ...bound("shop/cart"),
          ...Array.from({ length: count }, (_, index) => app(`app-${index}`)).flat(),
          ...(options.objects?.[name] ?? []),
        ] as KubernetesObject[],
        webhook: {
          ...webhook,
          tenantId: options.webhookTenant ?? tenantId,
          installed: !options.withoutWebhook?.includes(name),
        },
      });
      return [name, cluster] as const;
    }),
  );
  const clusters = Object.fromEntries(started) as Record<ClusterName, SimulatedCluster>;
  const azure = createSimulatedAzure({
    clock,
    jwks: async issuer => started.find(([name]) => issuerOf(name) === issuer)?.[1].jwks(),
  });
  for (const name of ["cart", ...(options.spare ?? [])]) {
    azure.addIdentity({
      subscriptionId: "sub",
      resourceGroup: "shop",
      name,
      clientId: clientIDOf(name),
      principalId: clientIDOf(name),
      tenantId,
      federatedCredentials: name === "cart" ? [...(options.credentials ?? [])] : [],
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "fleet-"));
  const contexts = new Map<string, ClusterName>(clusterNames.map(name => [`aks-${name}`, name]));
  const world: World = {
    clock,
    random: () => 0.5,
    connect: async ({ context = [] }) =>
      context.map(name => {
        const cluster = contexts.get(name);
        if (!cluster) throw new Error(`no context ${name}`);
        return connectionTo({ server: clusters[cluster].url, context: name });
      }),
    azure: async () => signedInAccess(azure, clock),
  };
  onTestFinished(async () => {
    await rm(folder, { recursive: true });
    for (const [, cluster] of started) await cluster.stop();
  });
  return {
    azure,
    clusters,
    folder,
    contexts,
    async run(...argv) {
      const { io, printed, said } = capturedIo(folder);
      const exitCode = await main(argv, io, world);
      const text = printed.join("\n");
      return {
        exitCode,
        printed: text,
        said: said.join("\n"),
        get document() {
          return JSON.parse(text);
        },
      };
    },
    async installWebhook(name) {
      for (const object of webhookObjects(webhook)) {
        const response = await fetch(`${clusters[name].url}/${pathsOfWebhook[object.kind]}`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(object),
        });
        if (!response.ok) throw new Error(await response.text());
      }
      await clock.sleep(60_000, new AbortController().signal);
    },
    write: (file, text) => writeFile(join(folder, file), text),
    read: file => readFile(join(folder, file), "utf8"),
    azureWrites: () =>
      azure.requests
        .filter(({ method, path }) => method !== "GET" && path.includes("/federatedIdentityCredentials/"))
        .map(({ method, path }) => `${method} ${path.split("/")[8]}`),
    clusterWrites: name =>
      clusters[name].requests
        .filter(one => one.method !== "GET" && !one.dryRun && one.status < 300)
        .filter(({ path }) => !/azwi-migrate|selfsubject|\/token$|\/namespaces$/.test(path))
        .map(({ method, path }) => `${method} ${path.split("/").slice(-2).join("/")}`),
    records: name =>
      clusters[name]
        .objects("ConfigMap")
        .filter(isRecord)
        .map(one => one.metadata.name),
    subjects: (identity = "cart") =>
      azure
        .federatedCredentials(resourceIDOf(identity))
        .map(({ issuer, subject }) => `${issuer} ${subject}`)
        .sort(),
    async addCredentials(...credentials) {
      const access = signedInAccess(azure, clock);
      for (const one of credentials) await access.putCredential(resourceIDOf("cart"), one);
    },
  };
}

/** Plans each cluster on its own and merges the plans into `fleet.json`. */
export async function mergedFleet(world: FleetWorld, ...flags: string[]): Promise<Ran> {
  for (const [context, name] of world.contexts) {
    const planned = await world.run("plan", "--context", context, "--out", `${name}.json`, "-q", ...flags);
    if (planned.exitCode !== 0) throw new Error(planned.said);
  }
  return world.run("merge", "west.json", "east.json", "--out", "fleet.json", "-o", "json");
}
