import { describe, expect, test } from "vitest";
import { identityBindingAccess } from "../../src/azure/identityBindings.ts";
import { clientId, identityPath, restOn, shopAzure, subscriptionId, tenantId } from "../sandbox/azure/world.ts";

const cluster = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG/providers/Microsoft.ContainerService/managedClusters/shop`;
const principal = identityPath.toLowerCase();

function shop(options: Parameters<typeof shopAzure>[0] = {}, properties: Record<string, unknown> = {}) {
  const azure = shopAzure(options);
  azure.addManagedCluster({ subscriptionId, tenantId, resourceGroup: "Shop-RG", name: "shop", properties });
  const rest = restOn(azure);
  const access = identityBindingAccess(rest);
  const versions = () => [
    ...new Set(azure.requests.filter(one => /identityBindings/.test(one.path)).map(one => one.query["api-version"])),
  ];
  return { azure, access, versions };
}

describe("identity bindings in Azure Resource Manager", () => {
  test("are written, listed, and told of while AKS works on them", async () => {
    const { azure, access } = shop();
    expect(await access.listIdentityBindings(cluster)).toEqual([]);
    const { operation } = await access.putIdentityBinding(cluster, { name: "cart", principal });
    expect(await access.getOperation(operation ?? "")).toEqual({ status: "Succeeded" });
    expect(await access.listIdentityBindings(cluster.toLowerCase())).toEqual([
      { name: "cart", principal, state: "Succeeded" },
    ]);
    expect(azure.federatedCredentials(identityPath)).toEqual([
      expect.objectContaining({
        name: "aks-identity-binding",
        issuer: `https://ib.oic.prod-aks.azure.com/${tenantId}/${clientId}`,
      }),
    ]);
  });

  test("leave the credential that AKS has on the identity already as it is", async () => {
    const { azure, access } = shop();
    await access.putIdentityBinding(cluster, { name: "cart", principal });
    const before = azure.federatedCredentials(identityPath);
    await access.putIdentityBinding(cluster, { name: "cart", principal });
    expect(azure.federatedCredentials(identityPath)).toEqual(before);
  });

  test.each([
    ["the stable version that is known", ["2025-10-02-preview", "2026-04-01", "2027-01-01"], "2026-04-01"],
    ["the newest stable one where that is gone", ["2027-01-01", "2026-09-01", "2027-02-01-preview"], "2027-01-01"],
    ["the newest preview where there is no other", ["2025-06-02-preview", "2025-10-02-preview"], "2025-10-02-preview"],
  ])("are asked for in %s, which the provider tells once", async (_, offered, expected) => {
    const { azure, access, versions } = shop({ identityBindings: { versions: offered } });
    await access.listIdentityBindings(cluster);
    await access.putIdentityBinding(cluster, { name: "cart", principal });
    expect(versions()).toEqual([expected]);
    expect(azure.requests.filter(({ path }) => path.endsWith("/providers/Microsoft.ContainerService"))).toHaveLength(1);
  });

  test("are asked for in the known version by who may not ask the provider", async () => {
    const { azure, access, versions } = shop();
    azure.fail({
      path: /providers\/Microsoft.ContainerService$/,
      effect: "answer",
      status: 403,
      code: "AuthorizationFailed",
    });
    await access.listIdentityBindings(cluster);
    expect(versions()).toEqual(["2026-04-01"]);
  });

  test("are not guessed at where the provider does not have them", async () => {
    const { access } = shop({ identityBindings: { versions: [] } });
    await expect(access.listIdentityBindings(cluster)).rejects.toMatchObject({
      kind: "notFound",
      message: expect.stringContaining("az provider register --namespace Microsoft.ContainerService"),
    });
  });

  test("say how to register the preview", async () => {
    const { access } = shop({ identityBindings: { preview: "unregistered" } });
    await expect(access.putIdentityBinding(cluster, { name: "cart", principal })).rejects.toMatchObject({
      code: "PreviewFeatureNotRegistered",
      message: expect.stringContaining(
        "az feature register --namespace Microsoft.ContainerService --name IdentityBindingPreview",
      ),
    });
  });

  test("are refused with VNet integration, and for an identity that is not there", async () => {
    const { access } = shop({}, { apiServerAccessProfile: { enableVnetIntegration: true } });
    await expect(access.putIdentityBinding(cluster, { name: "cart", principal })).rejects.toMatchObject({
      status: 400,
    });
    const plain = shop();
    const other = principal.replace(/[^/]+$/, "nobody");
    await expect(plain.access.putIdentityBinding(cluster, { name: "cart", principal: other })).rejects.toMatchObject({
      status: 400,
    });
  });

  test("are nothing outside of an AKS cluster and a managed identity", async () => {
    const { azure, access } = shop();
    await expect(access.listIdentityBindings(`${cluster}/agentPools/x`)).rejects.toMatchObject({ kind: "badRequest" });
    await expect(
      access.putIdentityBinding(cluster, { name: "cart", principal: `${principal}/..` }),
    ).rejects.toMatchObject({
      kind: "badRequest",
    });
    expect(azure.requests).toEqual([]);
  });

  test.each(["..", "../../x", "a/b", "", "a?b"])(
    "have no name by which a request would go elsewhere: %j",
    async name => {
      const { azure, access } = shop();
      await expect(access.putIdentityBinding(cluster, { name, principal })).rejects.toMatchObject({
        kind: "badRequest",
      });
      expect(azure.requests).toEqual([]);
    },
  );

  test("whose operation is at another host are not followed", async () => {
    const { access } = shop();
    await expect(access.getOperation("https://evil.test/operation")).rejects.toMatchObject({
      message: expect.stringContaining("it is not followed"),
    });
  });
});
