import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lackingActions, neededActions, smallestRole } from "../../../src/core/rights/azureRights.ts";

const [read, write] = neededActions.FederatedIdentityCredential;
const lacking = (...permissions: { actions: string[]; notActions?: string[] }[]) =>
  lackingActions(
    [read, write],
    permissions.map(one => ({ notActions: [], ...one })),
  );

describe("the Azure actions that a caller lacks", () => {
  test("are all of them without a role", () => {
    expect(lacking()).toEqual([read, write]);
  });

  test.each([
    ["*"],
    ["Microsoft.ManagedIdentity/*"],
    ["*/read", "*/write"],
    ["microsoft.managedidentity/userassignedidentities/federatedidentitycredentials/*"],
    ["Microsoft.ManagedIdentity/*/federatedIdentityCredentials/*"],
  ])("are none where a wildcard covers them, in any letter case: %s %s", (...actions) => {
    expect(lacking({ actions })).toEqual([]);
  });

  test.each([
    ["*/read"],
    ["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"],
    ["Microsoft.ManagedIdentity/userAssignedIdentities/read", "Microsoft.Managed*/read"],
  ])("are those that no pattern covers whole: %s %s", (...actions) => {
    expect(lacking({ actions })).toEqual([write]);
  });

  test("are not given by an action on the identity itself", () => {
    expect(lacking({ actions: ["Microsoft.ManagedIdentity/userAssignedIdentities/write"] })).toEqual([read, write]);
  });

  test("are what a role's notActions take away from its own actions, unless another role gives it", () => {
    const contributorWithout = { actions: ["*"], notActions: ["Microsoft.ManagedIdentity/*/write"] };
    expect(lacking(contributorWithout)).toEqual([write]);
    expect(lacking(contributorWithout, { actions: [write] })).toEqual([]);
    expect(lacking({ actions: [write] }, contributorWithout)).toEqual([]);
  });

  test("are found as a regular expression would find them", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "/", "*"), maxLength: 8 });
    fc.assert(
      fc.property(text, pattern, (action, actions) => {
        const expected = new RegExp(`^${actions.replaceAll("*", ".*")}$`).test(action);
        expect(lackingActions([action], [{ actions: [actions], notActions: [] }])).toEqual(expected ? [] : [action]);
      }),
    );
  });

  test("cost no backtracking, whatever the server sends", () => {
    const actions = [`${"*a".repeat(5000)}*b`];
    expect(lackingActions(["a".repeat(5000)], [{ actions, notActions: [] }])).toHaveLength(1);
  });
});

describe("the smallest documented role", () => {
  test("for federated credentials is the one for managed identities", () => {
    expect(smallestRole([read, write])).toEqual({
      name: "Managed Identity Contributor",
      id: "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    });
  });

  test("for giving roles is none", () => {
    expect(smallestRole(["Microsoft.Authorization/roleAssignments/write"])).toBeUndefined();
  });

  test("for the identity bindings of AKS is Contributor", () => {
    expect(smallestRole(neededActions.IdentityBinding)?.name).toBe("Contributor");
  });
});
