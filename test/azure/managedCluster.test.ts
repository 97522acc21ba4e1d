import { describe, expect, test } from "vitest";
import { getManagedCluster } from "../../src/azure/managedCluster.ts";
import { createRest } from "../../src/azure/rest.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import { issuer, shopAzure, subscriptionId, tenantId, token } from "../sandbox/azure/world.ts";

const id = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG/providers/Microsoft.ContainerService/managedClusters/shop`;
const fqdn = "shop-abc.hcp.westeurope.azmk8s.io";

function shop(properties: Record<string, unknown>) {
  const azure = shopAzure();
  azure.addManagedCluster({ subscriptionId, tenantId, resourceGroup: "Shop-RG", name: "shop", properties });
  const rest = createRest({
    endpoint: "https://management.test",
    scope: "https://management.test/.default",
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) },
    httpClient: inProcessHttpClient(azure.handle),
  });
  return { azure, rest };
}

describe("an AKS cluster in Azure Resource Manager", () => {
  test("has its issuer verbatim, with the trailing slash", async () => {
    const { azure, rest } = shop({
      fqdn,
      nodeResourceGroup: "MC_shop",
      oidcIssuerProfile: { enabled: true, issuerURL: issuer },
      securityProfile: { workloadIdentity: { enabled: true } },
    });
    expect(await getManagedCluster(rest, id.toLowerCase())).toEqual({
      id: id.replace("resourceGroups", "resourcegroups"),
      issuer,
      workloadIdentityEnabled: true,
      fqdn,
      nodeResourceGroup: "MC_shop",
    });
    expect(azure.requests).toMatchObject([{ query: { "api-version": "2024-09-01" }, outcome: 200 }]);
  });

  test("has no issuer while none is enabled", async () => {
    const { rest } = shop({ privateFQDN: "shop.privatelink.azmk8s.io", oidcIssuerProfile: { enabled: false } });
    expect(await getManagedCluster(rest, id)).toEqual({
      id: id.replace("resourceGroups", "resourcegroups"),
      workloadIdentityEnabled: false,
      privateFqdn: "shop.privatelink.azmk8s.io",
    });
  });

  test("fails with ARM's code where there is no such cluster, and once only", async () => {
    const { azure, rest } = shop({});
    await expect(getManagedCluster(rest, `${id}2`)).rejects.toMatchObject({
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
    await expect(getManagedCluster(rest, id)).rejects.toMatchObject({ kind: "unavailable", retryAfterSeconds: 5 });
    expect(azure.requests).toHaveLength(2);
    await expect(getManagedCluster(rest, `${id}/agentPools/x`)).rejects.toMatchObject({ kind: "badRequest" });
  });
});
