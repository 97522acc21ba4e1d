import { describe, expect, test } from "vitest";
import type { SimulatedAzure } from "../../../src/sandbox/azure/simulatedAzure.ts";
import { apiVersion, armAs, identityPath, shopAzure, subscriptionId, tenantId } from "./world.ts";

const principalId = "99999999-0000-0000-0000-000000000001";
const credential = `${identityPath}/federatedIdentityCredentials/cart?${apiVersion}`;
const body = { properties: { issuer: "https://issuer/", subject: "a", audiences: ["b"] } };

function limited(): { azure: SimulatedAzure; token: string } {
  const azure = shopAzure({ accessControl: "roleAssignments" });
  return { azure, token: azure.issueAccessToken({ clientId: "the-tool", principalId, tenantId }) };
}

describe("who may do what in the simulated Azure", () => {
  test("nobody without a role, in ARM's words", async () => {
    const { azure, token } = limited();
    const { status, body: answer } = await armAs(azure, token, "PUT", credential, body);
    expect(status).toBe(403);
    expect(answer).toEqual({
      error: {
        code: "AuthorizationFailed",
        message: `The client 'the-tool' with object id '${principalId}' does not have authorization to perform action 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write' over scope '${identityPath}/federatedIdentityCredentials/cart' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
      },
    });
  });

  test.each([
    ["Reader", "subscription", [200, 403]],
    ["Managed Identity Contributor", "resource group", [200, 201]],
    ["Managed Identity Contributor", "identity", [200, 201]],
    ["Managed Identity Operator", "identity", [200, 403]],
    ["Contributor", "/", [200, 201]],
    ["Managed Identity Contributor", "other group", [403, 403]],
  ] as const)("%s on %s", async (role, where, expected) => {
    const { azure, token } = limited();
    const scope = {
      subscription: `/subscriptions/${subscriptionId}`,
      "resource group": `/subscriptions/${subscriptionId}/resourceGroups/shop-rg`,
      identity: identityPath,
      "/": "/",
      "other group": `/subscriptions/${subscriptionId}/resourceGroups/shop`,
    }[where];
    azure.addRoleAssignment({ principalId, scope, role });
    const read = await armAs(azure, token, "GET", `${identityPath}/federatedIdentityCredentials?${apiVersion}`);
    const write = await armAs(azure, token, "PUT", credential, body);
    expect([read.status, write.status]).toEqual(expected);
  });

  test("a role of one's own has what it names, but for what it takes away", async () => {
    const { azure, token } = limited();
    azure.addRoleDefinition({
      roleName: "No deletes",
      actions: ["Microsoft.ManagedIdentity/*"],
      notActions: ["microsoft.managedidentity/*/delete"],
    });
    azure.addRoleAssignment({ principalId, scope: identityPath, role: "No deletes" });
    expect((await armAs(azure, token, "PUT", credential, body)).status).toBe(201);
    expect((await armAs(azure, token, "DELETE", credential)).status).toBe(403);
  });

  test("a token of another tenant is refused with the subscription's tenant named", async () => {
    const azure = shopAzure();
    const token = azure.issueAccessToken({ clientId: "x", principalId, tenantId: "other-tenant" });
    const { status, body: answer, headers } = await armAs(azure, token, "GET", credential);
    expect(status).toBe(401);
    expect(answer).toEqual({
      error: {
        code: "InvalidAuthenticationTokenTenant",
        message: expect.stringContaining(
          `The access token is from the wrong issuer 'https://sts.windows.net/other-tenant/'. It must match the tenant 'https://sts.windows.net/${tenantId}/' associated with this subscription.`,
        ),
      },
    });
    expect(headers["www-authenticate"]).toContain(`authorization_uri="https://login.windows.net/${tenantId}"`);
  });

  test("a token for something else is refused", async () => {
    const azure = shopAzure({ resourceManagerAudience: "https://management.azure.com" });
    const get = async (scope: string) =>
      armAs(azure, azure.issueAccessToken({ tenantId, scope }), "GET", `${identityPath}?${apiVersion}`);
    expect(await get("https://graph.microsoft.com/.default")).toMatchObject({
      status: 401,
      body: { error: { code: "InvalidAuthenticationTokenAudience" } },
    });
    expect((await get("https://management.azure.com/.default")).status).toBe(200);
  });

  test("an expired token is refused", async () => {
    const azure = shopAzure();
    const token = azure.issueAccessToken({ tenantId, expiresAt: azure.clock.now() + 1000 });
    expect((await armAs(azure, token, "GET", `${identityPath}?${apiVersion}`)).status).toBe(200);
    await azure.clock.sleep(1000);
    expect(await armAs(azure, token, "GET", `${identityPath}?${apiVersion}`)).toMatchObject({
      status: 401,
      body: { error: { code: "ExpiredAuthenticationToken" } },
    });
  });

  test("a token tells in its claims whom it speaks for", () => {
    const { azure } = limited();
    const token = azure.issueAccessToken({
      clientId: "the-tool",
      principalId,
      tenantId,
      scope: "https://management.azure.com/.default",
      expiresAt: 7_200_000,
    });
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    expect(claims).toMatchObject({
      aud: "https://management.azure.com",
      iss: `https://sts.windows.net/${tenantId}/`,
      tid: tenantId,
      oid: principalId,
      appid: "the-tool",
      exp: 7200,
    });
  });
});
