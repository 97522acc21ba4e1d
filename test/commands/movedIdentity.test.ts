import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { apply } from "../../src/commands/apply.ts";
import { plan } from "../../src/commands/plan.ts";
import { verify } from "../../src/commands/verify.ts";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import { createSimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { clientIDOf } from "../core/factories.ts";
import { azureIdentity, azureIdentityBinding, deployment, namespace, standardMode } from "../e2e/world.ts";
import { silentIo } from "./io.ts";

const tenantId = "10000000-0000-4000-8000-000000000001";
const subscriptionId = "20000000-0000-4000-8000-000000000002";
const issuer = `https://eastus.oic.prod-aks.azure.com/${tenantId}/30000000-0000-4000-8000-000000000003/`;
const clientID = clientIDOf("cart");
const provider = "providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const from = `/subscriptions/${subscriptionId}/resourceGroups/old/${provider}/cart`;
const to = `/subscriptions/${subscriptionId}/resourceGroups/shop/${provider}/cart-2`;

const node: KubernetesObject = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "aks-pool-vmss000000" },
  spec: {
    providerID: `azure:///subscriptions/${subscriptionId}/resourceGroups/mc_shop/providers/Microsoft.Compute/virtualMachineScaleSets/aks-pool-vmss/virtualMachines/0`,
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
};

test("an identity that was renamed and moved is migrated where it is, in the cluster that its nodes lead to", async () => {
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({
    clock,
    issuer,
    webhook: { version: "1.6.0", tenantId },
    objects: [
      node,
      namespace("shop"),
      ...standardMode,
      azureIdentity("shop", { name: "cart", clientID, resourceID: from }),
      azureIdentityBinding("shop", { azureIdentity: "cart", selector: "cart" }),
      deployment("shop", "cart", { label: "cart", replicas: 1 }),
    ] as KubernetesObject[],
  });
  const azure = createSimulatedAzure({ clock, jwks: async () => cluster.jwks() });
  azure.addIdentity({
    subscriptionId,
    resourceGroup: "shop",
    name: "cart-2",
    tenantId,
    clientId: clientID,
    principalId: clientID,
  });
  azure.addManagedCluster({
    subscriptionId,
    tenantId,
    resourceGroup: "aks",
    name: "west",
    properties: {
      nodeResourceGroup: "MC_shop",
      oidcIssuerProfile: { enabled: true, issuerURL: issuer },
      securityProfile: { workloadIdentity: { enabled: true } },
    },
  });
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  const cwd = await mkdtemp(join(tmpdir(), "azwi-migrate-moved-"));
  onTestFinished(async () => {
    connection.close();
    await cluster.stop();
    await rm(cwd, { recursive: true });
  });
  const world = {
    clock,
    random: () => 0.5,
    connect: async () => [connection],
    azure: async () => signedInAccess(azure, clock),
  };
  const printed: string[] = [];
  const io = silentIo({ cwd, print: text => void printed.push(text) });
  const taken = () => printed.splice(0).join("\n");
  const planned = async () => {
    await plan({ output: "json" }, world, io);
    return JSON.parse(taken()) as Plan;
  };

  const before = await planned();
  expect(before.mappings).toMatchObject([{ trusts: [{ principal: to.toLowerCase(), issuer }], blockedBy: [] }]);
  expect(before.findings.map(({ code, args }) => ({ code, ...args }))).toContainEqual({
    code: "identity-moved",
    clientID,
    from,
    to: to.toLowerCase(),
  });
  expect(before.sources).toMatchObject([
    {
      azure: {
        resourceID: `/subscriptions/${subscriptionId}/resourcegroups/aks/providers/Microsoft.ContainerService/managedClusters/west`,
        foundBy: "nodes",
        issuer,
        workloadIdentity: true,
      },
    },
  ]);

  expect(await apply(undefined, { output: "json", yes: true, timeout: 600 }, world, io)).toBe(0);
  taken();
  expect(azure.federatedCredentials(to)).toMatchObject([{ issuer, audience: "api://AzureADTokenExchange" }]);

  expect(await verify({ output: "text" }, world, io)).toBe(0);
  expect(taken().replace(/\s+/g, " ")).toContain("managedClusters/west (found by its nodes)");
  const after = await planned();
  expect(after.steps).toEqual([]);
  expect(after.mappings[0]?.trusts[0]).toMatchObject({ principal: to.toLowerCase(), adopts: expect.any(String) });
});
