import { onTestFinished } from "vitest";
import type { AzureReader } from "../../src/commands/azureReader.ts";
import { readApplications } from "../../src/commands/readApplications.ts";
import { readIdentities } from "../../src/commands/readIdentities.ts";
import { readIdentityBindings } from "../../src/commands/readIdentityBindings.ts";
import { readManagedClusters } from "../../src/commands/readManagedClusters.ts";
import { assemble } from "../../src/core/assemble.ts";
import type { AzureAccess } from "../../src/core/azure/azurePorts.ts";
import { applicationsToRead, identityBindingsToRead, principalsToRead } from "../../src/core/azure/azureToRead.ts";
import type { StepResult } from "../../src/core/documents/runResult.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions, UndoRecord } from "../../src/core/model.ts";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { type Judgement, judge } from "../../src/core/reports.ts";
import type { EnginePorts, RunEvent } from "../../src/engine/ports.ts";
import { type RunOptions, run } from "../../src/engine/run.ts";
import { clusterAccess } from "../../src/kube/access.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import {
  createSimulatedAzure,
  type FederatedCredentialSeed,
  type SimulatedAzure,
  type SimulatedAzureOptions,
} from "../../src/sandbox/azure/simulatedAzure.ts";
import { type SimulatedCluster, startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { audience, bound, boundApplication, clientIDOf, decisions, issuer } from "../core/factories.ts";

const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
/** Another one than that of the cluster and its webhook. */
export const applicationTenant = "bbbbbbbb-0000-0000-0000-000000000002";
export const clusterResourceID =
  "/subscriptions/sub/resourcegroups/shop/providers/Microsoft.ContainerService/managedClusters/west";
const bindingWebhook = {
  annotation: "azure.workload.identity/use-identity-binding",
  audience: "api://AKSIdentityBinding",
};
const registry = "mcr.microsoft.com/oss/azure/aad-pod-identity";

export interface WorldOptions {
  objects: readonly KubernetesObject[];
  /** The managed identities there are, which have AzureIdentity and binding in the namespace `shop`; `cart` when left out. */
  identities?: readonly string[];
  credentials?: Record<string, FederatedCredentialSeed[]>;
  /** Applications, which have AzureIdentity (type 1) and binding in the namespace `shop`, with the credentials they have. */
  applications?: Record<string, FederatedCredentialSeed[]>;
  azure?: Pick<
    SimulatedAzureOptions,
    "throttle" | "writeMilliseconds" | "propagationMilliseconds" | "identityBindings"
  >;
  /** Makes it an AKS cluster with these properties beside issuer and switch, whose webhook is set up for identity bindings. */
  managedCluster?: Record<string, unknown>;
}

export interface EngineWorld {
  clock: SimulatedClock;
  cluster: SimulatedCluster;
  azure: SimulatedAzure;
  access: ClusterAccess;
  azureAccess: AzureAccess;
  /** Everything that the last run told. */
  events: RunEvent[];
  judge(choice?: Partial<Decisions>): Promise<Judgement>;
  run(
    steps: Judgement["steps"]["steps"],
    options?: Partial<RunOptions>,
    ports?: Partial<EnginePorts>,
  ): Promise<StepResult[]>;
  /** Plans on what is there, and runs it. */
  apply(options?: Partial<RunOptions>, ports?: Partial<EnginePorts>): Promise<Record<string, string>>;
  records(): UndoRecord[];
  /** The writes of one kind that reached ARM: `cart/shop-cart-… 201`. */
  puts(): string[];
  /** Writes that reached the cluster, `PATCH deployments/cart`, in their order; records are named by `record`. */
  writes(): string[];
}

/** A cluster in the namespace `shop` and an Azure with its identities, both simulated, and an engine that reaches them over HTTP. */
export async function engineWorld(options: WorldOptions): Promise<EngineWorld> {
  const { applications = {} } = options;
  const identities = options.identities ?? (options.applications ? [] : ["cart"]);
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({
    clock,
    issuer,
    objects: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      nmi,
      ...identities.flatMap(name => bound(`shop/${name}`)),
      ...Object.keys(applications).flatMap(name => boundApplication(`shop/${name}`, { tenantID: applicationTenant })),
      ...options.objects,
    ],
    webhook: { version: "1.6.0", tenantId, ...(options.managedCluster ? { identityBinding: "aks" as const } : {}) },
  });
  const azure = createSimulatedAzure({ clock, jwks: async () => cluster.jwks(), ...options.azure });
  for (const name of identities) {
    azure.addIdentity({
      subscriptionId: "sub",
      resourceGroup: "shop",
      name,
      clientId: clientIDOf(name),
      principalId: clientIDOf(name),
      tenantId,
      federatedCredentials: options.credentials?.[name] ?? [],
    });
  }
  for (const [name, federatedCredentials] of Object.entries(applications))
    azure.addApplication({
      tenantId: applicationTenant,
      clientId: clientIDOf(name),
      displayName: name,
      federatedCredentials,
    });
  const { managedCluster } = options;
  if (managedCluster) {
    const place = { subscriptionId: "sub", tenantId, resourceGroup: "shop", name: "west" };
    const enabled = {
      oidcIssuerProfile: { enabled: true, issuerURL: issuer },
      securityProfile: { workloadIdentity: { enabled: true } },
    };
    azure.addManagedCluster({ ...place, properties: { ...enabled, ...managedCluster } });
  }
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  onTestFinished(async () => {
    connection.close();
    await cluster.stop();
  });
  const access = clusterAccess(connection, cluster.kubeSystemUid);
  const reach = signedInAccess(azure, clock);
  const events: RunEvent[] = [];

  const world: EngineWorld = {
    clock,
    cluster,
    azure,
    access,
    azureAccess: reach,
    events,
    async judge(choice = {}) {
      const made: Decisions = { ...decisions, ...choice };
      const facts = assemble([await collectCluster(connection)], undefined, made);
      const asked = { azure: reach, reader, visible: async () => undefined };
      const ofIdentities = await readIdentities(principalsToRead(facts, made), asked);
      const ofGraph = await readApplications(applicationsToRead(facts, made), asked);
      facts.azure = { ...ofIdentities, ...ofGraph };
      if (managedCluster) {
        await readManagedClusters(facts, { ...asked, named: [clusterResourceID] });
        const ofBindings = await readIdentityBindings(identityBindingsToRead(facts, made), asked);
        facts.azure = { ...facts.azure, ...ofBindings };
      }
      return judge(facts, made);
    },
    async run(steps, runOptions = {}, ports = {}) {
      events.length = 0;
      return run(
        steps,
        { cluster: () => access, azure: reach, clock, signal: new AbortController().signal, random: () => 1, ...ports },
        { report: event => events.push(event) },
        {
          run: "run-1",
          stages: ["prepare", "switch"],
          sources: [access.source],
          parallel: 8,
          timeoutSeconds: 600,
          audience,
          ...(managedCluster ? { bindingWebhook: () => bindingWebhook } : {}),
          ...runOptions,
        },
      );
    },
    async apply(runOptions, ports) {
      const { steps } = (await world.judge()).steps;
      return outcomes(await world.run(steps, runOptions, ports));
    },
    records: () =>
      cluster
        .objects("ConfigMap")
        .filter(isRecord)
        .map(one => JSON.parse((one.data as Record<string, string>)["record.json"] ?? "") as UndoRecord),
    puts: () =>
      azure.requests
        .filter(request => request.method === "PUT")
        .map(
          ({ path, outcome }) =>
            `${path.split("/").slice(8).join("/").replace("/federatedIdentityCredentials", "")} ${outcome}`,
        ),
    writes: () =>
      cluster.requests
        .filter(request => request.method !== "GET" && !request.dryRun && request.status < 300)
        .map(({ method, path }) =>
          path.includes("/namespaces/azwi-migrate/")
            ? `${method} record`
            : `${method} ${path.split("/").slice(-2).join("/")}`,
        ),
  };
  return world;
}

/** What Azure refuses is told by its first words. */
const reader: AzureReader = {
  failure: error => ({ failed: error instanceof Error ? error.message : String(error) }),
  isSignedOut: () => false,
  async read(call) {
    try {
      return { value: await call() };
    } catch (error) {
      return reader.failure(error);
    }
  },
};

const nmi: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "nmi", namespace: "kube-system" },
  spec: {
    selector: { matchLabels: { app: "nmi" } },
    template: {
      metadata: { labels: { app: "nmi" } },
      spec: { containers: [{ name: "nmi", image: `${registry}/nmi:v1.8.17` }] },
    },
  },
};

/** Among the ConfigMaps there is always the one with the cluster's certificate. */
export function isRecord({ metadata, data }: KubernetesObject): boolean {
  return metadata.namespace === "azwi-migrate" && typeof data === "object" && data !== null && "record.json" in data;
}

/** By step: `Deployment/cart` or `trust shop-cart` (without the hash), how it ended. */
export function outcomes(results: readonly StepResult[]): Record<string, string> {
  return Object.fromEntries(results.map(({ step, outcome }) => [shortName(step), outcome]));
}

export function shortName(step: string): string {
  const path = step.replace(/#.*$/, "").split("/");
  const [kind = "", name = ""] = path.slice(-2);
  return kind === "federatedidentitycredentials" ? `trust ${name.replace(/-[0-9a-f]{10}$/, "")}` : `${kind}/${name}`;
}

/** A workload of the namespace `shop` that a simulated cluster runs, with its account beside it. */
export function app(
  name: string,
  options: { kind?: string; identity?: string; account?: string; spec?: object; labels?: Record<string, string> } = {},
): KubernetesObject[] {
  const { kind = "Deployment", identity = "cart", account = name, spec, labels } = options;
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace: "shop" } },
    {
      apiVersion: "apps/v1",
      kind,
      metadata: { name, namespace: "shop" },
      spec: {
        ...(kind === "DaemonSet" ? {} : { replicas: 2 }),
        selector: { matchLabels: { app: name } },
        ...spec,
        template: {
          metadata: { labels: { app: name, aadpodidbinding: identity, ...labels } },
          spec: { serviceAccountName: account, containers: [{ name: "app", image: "shop/app:1" }] },
        },
      },
    } as KubernetesObject,
  ];
}
