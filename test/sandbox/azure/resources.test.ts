import { describe, expect, test } from "vitest";
import {
  apiVersion,
  arm,
  armAs,
  clientId,
  identityPath,
  putCredential,
  shopAzure,
  subscriptionId,
  tenantId,
} from "./world.ts";

const otherSubscription = "bbbbbbbb-0000-0000-0000-00000000000b";
const principalId = "99999999-0000-0000-0000-000000000001";
const subscriptions = "/subscriptions?api-version=2022-12-01";
const storedId = identityPath.replace("resourceGroups", "resourcegroups");

const namesIn = (body: unknown, field: string) =>
  (body as { value: Record<string, unknown>[] }).value.map(one => one[field]);

describe("subscriptions and resource groups of the simulated Azure", () => {
  test("lists the subscriptions of the caller's tenant in which it has a role", async () => {
    const azure = shopAzure({ accessControl: "roleAssignments" });
    azure.addSubscription({ subscriptionId: otherSubscription, tenantId, displayName: "Other" });
    azure.addSubscription({ subscriptionId: "foreign", tenantId: "foreign", displayName: "Foreign" });
    azure.addRoleAssignment({ principalId, scope: identityPath, role: "Reader" });
    const token = azure.issueAccessToken({ principalId, tenantId });
    expect(namesIn((await armAs(azure, token, "GET", subscriptions)).body, "subscriptionId")).toEqual([subscriptionId]);
    expect(namesIn((await arm(azure, "GET", subscriptions)).body, "displayName")).toEqual([
      `Subscription ${subscriptionId}`,
      "Other",
      "Foreign",
    ]);
    const hidden = `/subscriptions/${otherSubscription}?api-version=2022-12-01`;
    expect(await armAs(azure, token, "GET", hidden)).toMatchObject({
      status: 403,
      body: { error: { code: "AuthorizationFailed" } },
    });
  });

  test("names the AKS cluster that a node resource group belongs to", async () => {
    const azure = shopAzure();
    azure.addManagedCluster({
      subscriptionId,
      tenantId,
      resourceGroup: "Shop-RG",
      name: "shop",
      properties: { nodeResourceGroup: "MC_shop" },
    });
    const group = `/subscriptions/${subscriptionId}/resourcegroups/mc_SHOP?api-version=2021-04-01`;
    expect((await arm(azure, "GET", group)).body).toEqual({
      id: `/subscriptions/${subscriptionId}/resourceGroups/MC_shop`,
      name: "MC_shop",
      type: "Microsoft.Resources/resourceGroups",
      location: "westeurope",
      managedBy: `/subscriptions/${subscriptionId}/resourcegroups/Shop-RG/providers/Microsoft.ContainerService/managedClusters/shop`,
      tags: { "aks-managed-cluster-name": "shop", "aks-managed-cluster-rg": "Shop-RG" },
      properties: { provisioningState: "Succeeded" },
    });
    expect(await arm(azure, "GET", group.replace("mc_SHOP", "gone"))).toMatchObject({
      status: 404,
      body: { error: { code: "ResourceGroupNotFound" } },
    });
  });
});

describe("identities of the simulated Azure", () => {
  const bill = identityPath.replace(/cart$/, "bill");

  test("are created once, replaced with what the request says, and deleted with their credentials", async () => {
    const azure = shopAzure();
    const path = `${bill}?${apiVersion}`;
    const created = await arm(azure, "PUT", path, { location: "westeurope", tags: { a: "b" } });
    const replaced = await arm(azure, "PUT", path, { location: "westeurope" });
    expect([created.status, replaced.status]).toEqual([201, 200]);
    expect(created.headers.location).toBe(bill.replace("resourceGroups", "resourcegroups"));
    expect(replaced.body).toEqual({ ...(created.body as object), tags: {} });
    expect((await arm(azure, "DELETE", path)).status).toBe(200);
    expect((await arm(azure, "DELETE", path)).status).toBe(204);
    expect((await arm(azure, "GET", path)).status).toBe(404);
  });

  test("change their tags, and nothing else, by PATCH", async () => {
    const azure = shopAzure();
    const patched = await arm(azure, "PATCH", `${identityPath}?${apiVersion}`, { tags: { team: "shop" } });
    expect(patched).toMatchObject({ status: 200, body: { tags: { team: "shop" }, properties: { clientId } } });
  });

  test("stay where they are", async () => {
    const moved = await arm(shopAzure(), "PUT", `${identityPath}?${apiVersion}`, { location: "northeurope" });
    expect(moved).toMatchObject({ status: 409, body: { error: { code: "InvalidResourceLocation" } } });
  });

  test("are listed by subscription and by group, in pages", async () => {
    const azure = shopAzure({ pageSize: 1 });
    azure.addIdentity({ subscriptionId, resourceGroup: "two", name: "b", tenantId, clientId: "b", principalId: "b" });
    const list = `/providers/Microsoft.ManagedIdentity/userAssignedIdentities?${apiVersion}`;
    const first = await arm(azure, "GET", `/subscriptions/${subscriptionId}${list}`);
    const { nextLink } = first.body as { nextLink: string };
    expect([namesIn(first.body, "name"), namesIn((await arm(azure, "GET", nextLink)).body, "name")]).toEqual([
      ["cart"],
      ["b"],
    ]);
    const group = await arm(azure, "GET", `/subscriptions/${subscriptionId}/resourceGroups/TWO${list}`);
    expect(namesIn(group.body, "name")).toEqual(["b"]);
  });
});

describe("nodes of the simulated Azure", () => {
  const path = `/subscriptions/${subscriptionId}/resourceGroups/MC_shop/providers/Microsoft.Compute/virtualMachineScaleSets/pool?api-version=2024-07-01`;

  function nodes() {
    const azure = shopAzure();
    azure.addMachine({
      subscriptionId,
      tenantId,
      resourceGroup: "MC_shop",
      name: "pool",
      identities: [storedId],
    });
    return azure;
  }
  const identities = (body: unknown) =>
    Object.keys((body as { identity?: { userAssignedIdentities: object } }).identity?.userAssignedIdentities ?? {});

  test("lose an identity by null in a PATCH, and keep what it does not name", async () => {
    const azure = nodes();
    const id = azure.addIdentity({
      subscriptionId,
      resourceGroup: "two",
      name: "b",
      tenantId,
      clientId: "b",
      principalId: "b",
    });
    const identity = (userAssignedIdentities: object) => ({
      identity: { type: "UserAssigned", userAssignedIdentities },
    });
    expect(identities((await arm(azure, "PATCH", path, identity({ [id]: {} }))).body)).toEqual([storedId, id]);
    const patched = await arm(azure, "PATCH", path, identity({ [identityPath.toUpperCase()]: null }));
    expect(identities(patched.body)).toEqual([id]);
    expect(patched.body).toMatchObject({ properties: { provisioningState: "Succeeded" } });
    expect(identities((await arm(azure, "GET", path)).body)).toEqual([id]);
  });

  test("take no identity that is not there", async () => {
    const azure = nodes();
    const gone = identityPath.replace(/cart$/, "gone");
    const body = { identity: { type: "UserAssigned", userAssignedIdentities: { [gone]: {} } } };
    expect(await arm(azure, "PATCH", path, body)).toMatchObject({
      status: 400,
      body: { error: { code: "FailedIdentityOperation" } },
    });
  });

  test("are what an identity is associated with, beside what else uses it", async () => {
    const azure = nodes();
    const list = `${identityPath}/listAssociatedResources?api-version=2022-01-31-preview`;
    expect((await arm(azure, "POST", list)).body).toMatchObject({
      totalCount: 1,
      value: [{ name: "pool", type: "microsoft.compute/virtualmachinescalesets", resourceGroup: "MC_shop" }],
    });
    expect((await arm(azure, "POST", `${list}&$filter=contains(name,'web')`)).body).toEqual({
      totalCount: 0,
      value: [],
    });
    expect((await arm(azure, "POST", list.replace(/version=.*/, apiVersion))).status).toBe(400);
  });
});

describe("roles of the simulated Azure", () => {
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG`;
  const url = (where: string, filter = "") =>
    `${where}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01${filter && `&$filter=${encodeURIComponent(filter)}`}`;

  test("are assigned at a scope and listed there, above and below it, for one principal when asked to", async () => {
    const azure = shopAzure();
    azure.addRoleAssignment({ principalId, scope: `/subscriptions/${subscriptionId}`, role: "Reader" });
    azure.addRoleAssignment({ principalId: "other", scope, role: "Owner" });
    azure.addRoleAssignment({ principalId, scope: identityPath, role: "Key Vault Secrets User" });
    azure.addRoleAssignment({ principalId, scope: `/subscriptions/${otherSubscription}`, role: "Reader" });
    const listed = async (filter?: string) => {
      const { body } = await arm(azure, "GET", url(scope, filter));
      return (body as { value: { properties: { scope: string; principalId: string } }[] }).value.map(
        ({ properties }) => `${properties.principalId.slice(-5)} ${properties.scope.split("/").at(-1)}`,
      );
    };
    const sub = subscriptionId;
    expect(await listed()).toEqual([`00001 ${sub}`, "other Shop-RG", "00001 cart"]);
    expect(await listed("atScope()")).toEqual([`00001 ${sub}`, "other Shop-RG"]);
    expect(await listed(`principalId eq '${principalId}'`)).toEqual([`00001 ${sub}`, "00001 cart"]);
    expect(await listed(`atScope() and assignedTo('${principalId}')`)).toEqual([`00001 ${sub}`]);
  });

  test("are defined by what they allow, found by the id that an assignment names", async () => {
    const azure = shopAzure();
    azure.addRoleAssignment({ principalId, scope, role: "Reader" });
    const { body } = await arm(azure, "GET", url(scope));
    const [{ properties }] = (body as { value: [{ properties: { roleDefinitionId: string } }] }).value;
    const definition = await arm(azure, "GET", `${properties.roleDefinitionId}?api-version=2022-04-01`);
    expect(definition.body).toMatchObject({
      id: properties.roleDefinitionId,
      properties: { roleName: "Reader", type: "BuiltInRole", permissions: [{ actions: ["*/read"] }] },
    });
    const gone = properties.roleDefinitionId.replace(/[^/]+$/, "11111111-0000-0000-0000-000000000000");
    expect(await arm(azure, "GET", `${gone}?api-version=2022-04-01`)).toMatchObject({
      status: 404,
      body: { error: { code: "RoleDefinitionDoesNotExist" } },
    });
  });
});

describe("what forbids a credential in the simulated Azure", () => {
  test("a region without support, with the documented words", async () => {
    const azure = shopAzure();
    azure.addIdentity({
      subscriptionId,
      resourceGroup: "Shop-RG",
      name: "far",
      location: "malaysiasouth",
      tenantId,
      clientId: "far",
      principalId: "far",
    });
    const path = `${identityPath.replace(/cart$/, "far")}/federatedIdentityCredentials/one?${apiVersion}`;
    expect(await arm(azure, "PUT", path, { properties: {} })).toMatchObject({
      status: 405,
      body: {
        error: {
          message: "The request format was unexpected: Support for federated identity credentials not enabled.",
        },
      },
    });
  });

  test("a policy that denies the type, named in the message and in additionalInfo", async () => {
    const azure = shopAzure();
    azure.addPolicyAssignment({
      name: "deny-fic",
      displayName: "No federated credentials",
      scope: `/subscriptions/${subscriptionId}`,
      definitionName: "deny-resource-types",
      deniedType: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    });
    expect(await putCredential(azure, "one")).toMatchObject({
      status: 403,
      body: {
        error: {
          code: "RequestDisallowedByPolicy",
          target: "one",
          message: expect.stringContaining(
            '"policyAssignment":{"name":"No federated credentials","id":"/subscriptions/',
          ),
          additionalInfo: [{ type: "PolicyViolation", info: { policyAssignmentName: "deny-fic" } }],
        },
      },
    });
    expect((await arm(azure, "GET", `${identityPath}/federatedIdentityCredentials?${apiVersion}`)).status).toBe(200);
  });

  test("a lock, above it too: deletes by each, writes by a read-only one", async () => {
    const azure = shopAzure();
    await putCredential(azure, "one");
    azure.addLock({ scope: identityPath, level: "CanNotDelete" });
    expect((await putCredential(azure, "two")).status).toBe(201);
    const credential = `${identityPath}/federatedIdentityCredentials/one`;
    expect((await arm(azure, "DELETE", `${credential}?${apiVersion}`)).body).toEqual({
      error: {
        code: "ScopeLocked",
        message: `The scope '${credential}' cannot perform delete operation because following scope(s) are locked: '${identityPath}'. Please remove the lock and try again.`,
      },
    });
    azure.addLock({ scope: `/subscriptions/${subscriptionId}`, level: "ReadOnly" });
    expect(await putCredential(azure, "three")).toMatchObject({
      status: 409,
      body: { error: { code: "ScopeLocked" } },
    });
  });
});
