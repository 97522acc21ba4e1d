import { describe, expect, test } from "vitest";
import { listPermissions } from "../../src/azure/permissions.ts";
import { createRest } from "../../src/azure/rest.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import { identityPath, restOn, shopAzure, subscriptionId } from "../sandbox/azure/world.ts";

const principalId = "99999999-0000-0000-0000-000000000009";
const resourceGroup = `/subscriptions/${subscriptionId}/resourceGroups/Shop-RG`;

function caller(...assignments: { role: string; scope: string }[]) {
  const azure = shopAzure({ accessControl: "roleAssignments" });
  for (const assignment of assignments) azure.addRoleAssignment({ principalId, ...assignment });
  azure.addAccessToken("mine", { principalId });
  const rest = restOn(azure, "mine");
  return { azure, rest };
}

describe("what the caller may do in Azure", () => {
  test("is told per role, inherited ones too", async () => {
    const { azure, rest } = caller(
      { role: "Reader", scope: `/subscriptions/${subscriptionId}` },
      { role: "Contributor", scope: identityPath },
    );
    expect(await listPermissions(rest, resourceGroup)).toEqual([{ actions: ["*/read"], notActions: [] }]);
    expect(await listPermissions(rest, identityPath.toLowerCase())).toEqual([
      { actions: ["*/read"], notActions: [] },
      { actions: ["*"], notActions: expect.arrayContaining(["Microsoft.Authorization/*/Write"]) },
    ]);
    expect(azure.requests.map(({ path, query }) => [path, query["api-version"]])).toEqual([
      [`${resourceGroup}/providers/Microsoft.Authorization/permissions`, "2022-04-01"],
      [`${identityPath.toLowerCase()}/providers/Microsoft.Authorization/permissions`, "2022-04-01"],
    ]);
  });

  test("is refused to those who may not ask", async () => {
    await expect(listPermissions(caller().rest, resourceGroup)).rejects.toMatchObject({ kind: "forbidden" });
  });

  test.each(["", "shop", "/subscriptions", "/subscriptions/../providers", "/subscriptions/a//b"])(
    "is never asked at what is no scope: %j",
    async scope => {
      const { azure, rest } = caller();
      await expect(listPermissions(rest, scope)).rejects.toMatchObject({ kind: "badRequest" });
      expect(azure.requests).toEqual([]);
    },
  );

  test("is nothing where the answer has another form", async () => {
    const answer = { value: [null, "x", { actions: "*" }, { actions: [1, "a"], notActions: {} }] };
    const rest = createRest({
      endpoint: "https://management.test",
      scope: "https://management.test/.default",
      credential: { getToken: async () => ({ token: "mine", expiresOnTimestamp: Date.now() + 3600_000 }) },
      httpClient: inProcessHttpClient(async () => ({ status: 200, headers: {}, body: JSON.stringify(answer) })),
    });
    expect(await listPermissions(rest, resourceGroup)).toEqual([
      { actions: [], notActions: [] },
      { actions: ["a"], notActions: [] },
    ]);
  });
});
