import { setMaxListeners } from "node:events";
import type { AzureAccess } from "../../src/core/azure/azurePorts.ts";
import type { StepResult } from "../../src/core/documents/runResult.ts";
import { isRecord } from "../../src/core/kubernetes.ts";
import type { StepOf, UndoRecord } from "../../src/core/model.ts";
import { credentialName } from "../../src/core/trust/trusts.ts";
import type { EnginePorts, RunEvent } from "../../src/engine/ports.ts";
import { run } from "../../src/engine/run.ts";
import { clusterAccess } from "../../src/kube/access.ts";
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

export const issuer = "https://westeurope.oic.prod-aks.azure.com/tenant/west/";
export const audience = "api://AzureADTokenExchange";

export interface CredentialWorldOptions {
  subscriptions: number;
  identities: number;
  /** To write, for each identity. */
  credentials: number;
  /** What each identity has already. */
  existing?: readonly FederatedCredentialSeed[];
  /** The region of the identities. */
  location?: string;
  azure?: Pick<SimulatedAzureOptions, "throttle" | "writeMilliseconds" | "duplicateAnswer" | "accessControl">;
}

export interface CredentialWorld {
  clock: SimulatedClock;
  cluster: SimulatedCluster;
  azure: SimulatedAzure;
  /** One a credential, identity by identity. */
  steps: StepOf<"trust">[];
  events: RunEvent[];
  /** Resource ids. */
  identities: string[];
  reach: AzureAccess;
  /** `report` hears what `events` gets. */
  run(ports?: Partial<EnginePorts>, report?: (event: RunEvent) => void): Promise<StepResult[]>;
  /** The requests to ARM so far: `GET identity-0`, `PUT identity-0/shop-app-0-0 201`; names without their hash. */
  requests(): string[];
  /** The records that the cluster keeps, `intent` or `done`, by step id. */
  records(): Record<string, string>;
  /** Names and contents of all credentials, by identity. */
  endState(): Record<string, { name: string; subject: string }[]>;
  stop(): Promise<void>;
}

/** A cluster that only keeps records, an Azure with identities spread evenly over subscriptions, and their credentials to write. */
export async function credentialWorld(options: CredentialWorldOptions): Promise<CredentialWorld> {
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({ clock, objects: [], issuer });
  const azure = createSimulatedAzure({ clock, jwks: async () => undefined, ...options.azure });
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  const access = clusterAccess(connection, cluster.kubeSystemUid);
  const identities = Array.from({ length: options.identities }, (_, index) => {
    const id = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    return azure.addIdentity({
      subscriptionId: `sub-${index % options.subscriptions}`,
      resourceGroup: "shop",
      name: `identity-${index}`,
      clientId: id,
      principalId: id,
      tenantId: "10000000-0000-4000-8000-000000000001",
      federatedCredentials: options.existing ?? [],
      ...(options.location === undefined ? {} : { location: options.location }),
    });
  });
  const steps = identities.flatMap((id, identity) =>
    Array.from({ length: options.credentials }, (_, index) => trustStep(access.source, id, `app-${identity}-${index}`)),
  );
  const reach = signedInAccess(azure, clock);
  const events: RunEvent[] = [];
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return {
    clock,
    cluster,
    azure,
    steps,
    events,
    identities,
    reach,
    run: (ports, report) =>
      run(
        steps,
        {
          cluster: () => access,
          azure: reach,
          clock,
          signal,
          random: () => 0.5,
          ...ports,
        },
        {
          report(event) {
            events.push(event);
            report?.(event);
          },
        },
        {
          run: "run-1",
          stages: ["prepare"],
          sources: [access.source],
          parallel: 8,
          timeoutSeconds: 600,
          audience,
        },
      ),
    requests: () =>
      azure.requests.map(({ method, path, outcome }) => {
        const [, identity, , name] =
          /userAssignedIdentities\/([^/]+)(\/federatedIdentityCredentials(?:\/(.+))?)?$/.exec(path) ?? [];
        return `${method} ${identity}${name === undefined ? "" : `/${withoutHash(name)}`} ${outcome}`;
      }),
    records: () =>
      Object.fromEntries(
        cluster.objects("ConfigMap").flatMap(({ data }) => {
          const text = isRecord(data) ? data["record.json"] : undefined;
          if (typeof text !== "string") return [];
          const { step, state } = JSON.parse(text) as UndoRecord;
          return [[step.id, state]];
        }),
      ),
    endState: () =>
      Object.fromEntries(
        identities.map(id => [
          id.split("/").at(-1) ?? id,
          azure
            .federatedCredentials(id)
            .map(({ name, subject }) => ({ name, subject }))
            .sort((a, b) => (a.name < b.name ? -1 : 1)),
        ]),
      ),
    async stop() {
      connection.close();
      await cluster.stop();
    },
  };
}

/** `shop-app-0-1` of `shop-app-0-1-709ddb1c2e`. */
export function withoutHash(name: string): string {
  return name.replace(/-[0-9a-f]{10}$/, "");
}

function trustStep(source: string, identity: string, account: string): StepOf<"trust"> {
  const principal = identity.toLowerCase();
  const key = { issuer, subject: `system:serviceaccount:shop:${account}`, audience };
  const name = credentialName("shop", account, key);
  return {
    id: `${source}${principal}/federatedidentitycredentials/${name}#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: [`${source}/shop/Deployment/${account}`],
    route: "live",
    op: "trust",
    target: { source, kind: "FederatedIdentityCredential", principal, name },
    trust: { principal, ...key, backend: "federatedCredential", name },
  };
}
