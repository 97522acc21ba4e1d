import { describe, expect, test } from "vitest";
import { parseIdentityResourceId, parseManagedClusterResourceId } from "../../src/azure/resourceId.ts";

const identity =
  "/subscriptions/S-1/resourceGroups/Shop_RG.(1)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cart_1";

describe("the resource id of an identity", () => {
  test("is read with its names as they are written", () => {
    expect(parseIdentityResourceId(identity)).toEqual({
      subscriptionId: "S-1",
      resourceGroup: "Shop_RG.(1)",
      name: "cart_1",
    });
  });

  test("is read in any case, as Azure and the node write it", () => {
    const lower = { subscriptionId: "s-1", resourceGroup: "shop_rg.(1)", name: "cart_1" };
    expect(parseIdentityResourceId(identity.toLowerCase())).toEqual(lower);
    expect(parseIdentityResourceId(identity.replace("resourceGroups", "resourcegroups"))).toBeDefined();
    expect(parseIdentityResourceId(identity.toUpperCase())).toBeDefined();
  });

  test("may have a resource group with letters of any script", () => {
    expect(parseIdentityResourceId(identity.replace("Shop_RG.(1)", "Läden"))?.resourceGroup).toBe("Läden");
  });

  test.each([
    identity.slice(1),
    `${identity}/`,
    ` ${identity}`,
    `${identity}\n`,
    `${identity}/federatedIdentityCredentials/x`,
    identity.replace("Shop_RG.(1)", ".."),
    identity.replace("cart_1", ".."),
    identity.replace("cart_1", "a?b"),
    identity.replace("cart_1", "%2e%2e"),
    identity.replace("ManagedIdentity", "Compute"),
    identity.replace("Microsoft.ManagedIdentity", "MicrosoftXManagedIdentity"),
    "",
  ])("is not %j", text => {
    expect(parseIdentityResourceId(text)).toBeUndefined();
  });

  test("is not that of a cluster, nor the other way round", () => {
    const cluster = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ContainerService/managedClusters/shop";
    expect(parseManagedClusterResourceId(cluster)).toEqual({ subscriptionId: "s", resourceGroup: "g", name: "shop" });
    expect(parseIdentityResourceId(cluster)).toBeUndefined();
    expect(parseManagedClusterResourceId(identity)).toBeUndefined();
  });
});
