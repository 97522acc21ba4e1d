import { describe, expect, test } from "vitest";
import { managedClusterAccess } from "../../src/azure/managedCluster.ts";
import { issuer, restOn, shopAzure, subscriptionId, tenantId } from "../sandbox/azure/world.ts";

const id = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG/providers/Microsoft.ContainerService/managedClusters/shop`;
const fqdn = "shop-abc.hcp.westeurope.azmk8s.io";

function shop(properties: Record<string, unknown>, options: { pageSize?: number } = {}) {
  const azure = shopAzure(options);
  azure.addManagedCluster({ subscriptionId, tenantId, resourceGroup: "Shop-RG", name: "shop", properties });
  const rest = restOn(azure);
  return { azure, access: managedClusterAccess(rest) };
}

const plain = { hosts: [], workloadIdentityEnabled: false, apiServerVnetIntegration: false, automatic: false };

describe("an AKS cluster in Azure Resource Manager", () => {
  test("has its issuer verbatim, with the trailing slash", async () => {
    const { azure, access } = shop({
      fqdn,
      azurePortalFQDN: fqdn.replace(".hcp.", ".portal.hcp."),
      nodeResourceGroup: "MC_shop",
      currentKubernetesVersion: "1.33.1",
      apiServerAccessProfile: { enableVnetIntegration: true },
      podIdentityProfile: { enabled: true, userAssignedIdentities: [{ name: "cart" }] },
      oidcIssuerProfile: { enabled: true, issuerURL: issuer },
      securityProfile: { workloadIdentity: { enabled: true } },
    });
    expect(await access.getManagedCluster(id.toLowerCase())).toEqual({
      id: id.replace("resourceGroups", "resourcegroups"),
      issuer,
      workloadIdentityEnabled: true,
      hosts: [fqdn, fqdn.replace(".hcp.", ".portal.hcp.")],
      nodeResourceGroup: "MC_shop",
      kubernetesVersion: "1.33.1",
      podIdentity: { enabled: true, identities: 1 },
      apiServerVnetIntegration: true,
      automatic: false,
    });
    expect(azure.requests).toMatchObject([{ query: { "api-version": "2025-08-01" }, outcome: 200 }]);
  });

  test("has no issuer while none is enabled", async () => {
    const { access } = shop({ privateFQDN: "shop.privatelink.azmk8s.io", oidcIssuerProfile: { enabled: false } });
    expect(await access.getManagedCluster(id)).toEqual({
      id: id.replace("resourceGroups", "resourcegroups"),
      ...plain,
      hosts: ["shop.privatelink.azmk8s.io"],
    });
  });

  test("fails with ARM's code where there is no such cluster, and once only", async () => {
    const { azure, access } = shop({});
    await expect(access.getManagedCluster(`${id}2`)).rejects.toMatchObject({
      kind: "notFound",
      code: "ResourceNotFound",
    });
    azure.fail({
      effect: "answer",
      path: "/managedClusters/",
      status: 503,
      code: "ServerTimeout",
      headers: { "retry-after": "5" },
    });
    await expect(access.getManagedCluster(id)).rejects.toMatchObject({ kind: "unavailable", retryAfterSeconds: 5 });
    expect(azure.requests).toHaveLength(2);
    await expect(access.getManagedCluster(`${id}/agentPools/x`)).rejects.toMatchObject({ kind: "badRequest" });
  });

  test("is read as it was recorded: no issuer, no pod identity add-on, its own tenant", async () => {
    const { access, azure } = shop({});
    azure.fail({
      effect: "answer",
      path: "/managedClusters/shop",
      status: 200,
      code: "",
      body: {
        id: id.replace("resourceGroups", "resourcegroups"),
        sku: { name: "Automatic", tier: "Standard" },
        identity: { type: "SystemAssigned", tenantId },
        properties: { fqdn, oidcIssuerProfile: { enabled: false }, securityProfile: { defender: {} } },
      },
    });
    expect(await access.getManagedCluster(id)).toEqual({
      ...plain,
      id: id.replace("resourceGroups", "resourcegroups"),
      hosts: [fqdn],
      tenantID: tenantId,
      automatic: true,
    });
  });

  test("is found by the host of its API server, through Resource Graph and in lists, page by page", async () => {
    const { access, azure } = shop({ fqdn }, { pageSize: 1 });
    for (const name of ["bank", "desk"]) {
      const properties = { privateFQDN: `${name}.privatelink.azmk8s.io` };
      azure.addManagedCluster({ subscriptionId, tenantId, resourceGroup: "Shop-RG", name, properties });
    }
    const hosts = [fqdn, "bank.privatelink.azmk8s.io", "other.azmk8s.io"];
    const found = await access.queryManagedClusters(hosts, {});
    expect(found.map(one => [one.id.split("/").at(-1), one.hosts])).toEqual([
      ["bank", ["bank.privatelink.azmk8s.io"]],
      ["shop", [fqdn]],
    ]);
    expect(azure.requests.map(({ path, outcome }) => [path, outcome])).toEqual(
      Array.from({ length: 2 }, () => ["/providers/Microsoft.ResourceGraph/resources", 200]),
    );
    expect((await access.listManagedClusters(subscriptionId)).map(one => one.id.split("/").at(-1))).toEqual([
      "shop",
      "bank",
      "desk",
    ]);
    await expect(access.queryManagedClusters(["x') or true or ('"], {})).rejects.toMatchObject({ kind: "badRequest" });
    expect(await access.queryManagedClusters([fqdn], { subscriptions: ["another"] })).toEqual([]);
  });

  test("manages the resource group of its nodes", async () => {
    const { access } = shop({ nodeResourceGroup: "MC_shop" });
    const { managedBy } = (await access.getResourceGroup(subscriptionId, "mc_shop")) ?? {};
    expect(managedBy?.toLowerCase()).toBe(id.toLowerCase());
    expect(await access.getResourceGroup(subscriptionId, "Shop-RG")).toEqual({});
    expect(await access.getResourceGroup(subscriptionId, "gone")).toBeUndefined();
  });
});
