import type { AzureAccess } from "../core/azure/azurePorts.ts";
import { normalResourceID } from "../core/azure/resourceId.ts";
import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { FoundObject } from "../core/model.ts";
import { type Connection, connectionTo } from "../kube/transport.ts";
import { applicationsOf } from "./applications.ts";
import { asServed, type RefusedObject } from "./asServed.ts";
import { signedInAccess } from "./azure/signedIn.ts";
import { createSimulatedAzure } from "./azure/simulatedAzure.ts";
import { startSimulatedCluster } from "./cluster/simulatedCluster.ts";
import { nodePools } from "./nodePools.ts";
import { podIdentityInstallation } from "./podIdentity.ts";
import { SimulatedClock } from "./simulatedClock.ts";

const tenantId = "10000000-0000-4000-8000-000000000001";
const issuer = `https://eastus.oic.prod-aks.azure.com/${tenantId}/20000000-0000-4000-8000-000000000002/`;

/** The simulated cluster as an AKS resource. */
const aks = { subscriptionId: "30000000-0000-4000-8000-000000000003", resourceGroup: "rehearsal", name: "rehearsal" };
const nodeResourceGroup = "MC_rehearsal_rehearsal_eastus";

export interface Rehearsal {
  clock: SimulatedClock;
  connection: Connection;
  azure: AzureAccess;
  /** Objects that no cluster would have: they are left out. */
  refused: RefusedObject[];
  stop(): Promise<void>;
}

/**
 * A cluster that holds these objects, with the webhook installed, and an Azure that has the managed identities they name. Where
 * the objects have no NMI, it is installed in standard mode (`asInstalled`) or left out (`leave`).
 */
export async function startRehearsal(
  found: readonly FoundObject[],
  options: { podIdentity: "asInstalled" | "leave" },
): Promise<Rehearsal> {
  const clock = new SimulatedClock();
  const { served: objects, refused } = asServed(
    found.map(
      ({ ref, object }): KubernetesObject => ({
        ...object,
        metadata: { ...object.metadata, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) },
      }),
    ),
  );
  const cluster = await startSimulatedCluster({
    clock,
    objects: [
      ...objects,
      ...nodePools(objects).map(onScaleSet),
      ...(options.podIdentity === "leave" ? [] : podIdentityInstallation(objects)),
    ],
    issuer,
    webhook: { version: "1.6.0", tenantId },
  });
  const azure = createSimulatedAzure({
    clock,
    jwks: async asked => (asked === issuer ? cluster.jwks() : undefined),
    writeMilliseconds: 1000,
    propagationMilliseconds: 30_000,
  });
  azure.addManagedCluster({
    ...aks,
    tenantId,
    properties: {
      nodeResourceGroup,
      oidcIssuerProfile: { enabled: true, issuerURL: issuer },
      securityProfile: { workloadIdentity: { enabled: true } },
    },
  });
  for (const seed of identitiesOf(objects)) azure.addIdentity({ ...seed, tenantId });
  for (const seed of applicationsOf(objects)) azure.addApplication(seed);
  return {
    clock,
    connection: connectionTo({ server: cluster.url, context: "rehearsal" }),
    azure: signedInAccess(azure, clock),
    refused,
    stop: () => cluster.stop(),
  };
}

/** A node as AKS makes it, which leads to the cluster's own resource. */
function onScaleSet(node: KubernetesObject): KubernetesObject {
  const group = `/subscriptions/${aks.subscriptionId}/resourceGroups/${nodeResourceGroup}`;
  const scaleSet = `${group}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-nodepool1-12345678-vmss`;
  const machine = node.metadata.name.slice(-1);
  return { ...node, spec: { ...node.spec, providerID: `azure://${scaleSet}/virtualMachines/${machine}` } };
}

/** The managed identities that the AzureIdentity objects name; where two disagree about one, the first is believed. */
function identitiesOf(objects: readonly KubernetesObject[]) {
  const seeds = new Map<
    string,
    { subscriptionId: string; resourceGroup: string; name: string; clientId: string; principalId: string }
  >();
  for (const { kind, spec } of objects) {
    if (
      kind !== "AzureIdentity" ||
      !isRecord(spec) ||
      typeof spec.resourceID !== "string" ||
      typeof spec.clientID !== "string"
    )
      continue;
    const id = normalResourceID(spec.resourceID);
    const [, , subscriptionId, , resourceGroup, , , , name] = id?.split("/") ?? [];
    if (id === undefined || !subscriptionId || !resourceGroup || !name || seeds.has(id)) continue;
    seeds.set(id, { subscriptionId, resourceGroup, name, clientId: spec.clientID, principalId: spec.clientID });
  }
  return seeds.values();
}
