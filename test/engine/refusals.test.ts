import { describe, expect, it, onTestFinished } from "vitest";
import { type CredentialWorld, credentialWorld } from "./credentialWorld.ts";

const identity =
  "/subscriptions/sub-0/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/identity-0";

async function refusedBy(arrange: (world: CredentialWorld) => void): Promise<string | undefined> {
  const world = await credentialWorld({ subscriptions: 1, identities: 1, credentials: 1 });
  onTestFinished(world.stop);
  arrange(world);
  const [result] = await world.run();
  expect(result?.outcome).toBe("failed");
  expect(world.requests().filter(one => one.startsWith("PUT"))).toHaveLength(1);
  return result?.message;
}

const answered = (fault: { status: number; code: string; message: string }) => (world: CredentialWorld) =>
  world.azure.fail({ method: "PUT", path: /./, effect: "answer", ...fault });

describe("a refusal of Azure tells what happened and what to do", () => {
  it("of a policy, which one", async () => {
    const message = await refusedBy(({ azure }) =>
      azure.addPolicyAssignment({
        name: "deny-fic",
        displayName: "No federated credentials",
        definitionName: "deny-type",
        scope: "/subscriptions/sub-0",
        deniedType: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
      }),
    );
    expect(message).toMatch(
      /403 RequestDisallowedByPolicy: Resource '\S+' was disallowed by policy\. Policy: "No federated credentials" \(assignment \/subscriptions\/sub-0\/providers\/Microsoft\.Authorization\/policyAssignments\/deny-fic\)\. Azure Policy forbids .* exemption for .*identity-0 /,
    );
  });

  it("of a lock, where it is", async () => {
    const scope = "/subscriptions/sub-0/resourceGroups/shop";
    const message = await refusedBy(({ azure }) => azure.addLock({ scope, level: "ReadOnly" }));
    expect(message).toContain(`409 ScopeLocked`);
    expect(message).toContain(`A lock at ${scope} forbids the change.`);
  });

  it("of a region, which one", async () => {
    const message = await refusedBy(world => {
      world.azure.fail({
        method: "PUT",
        path: /./,
        effect: "answer",
        status: 405,
        code: "MethodNotAllowed",
        message: "The request format was unexpected: Support for federated identity credentials not enabled.",
      });
    });
    expect(message).toMatch(/The identity is in a region \(westeurope\) that does not support .* another region/);
  });

  it("of a missing right, which action where, and the smallest role", async () => {
    const scope = `${identity}/federatedIdentityCredentials/x`;
    const action = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";
    const message = await refusedBy(
      answered({
        status: 403,
        code: "AuthorizationFailed",
        message: `The client 'a' with object id 'b' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid.`,
      }),
    );
    expect(message).toContain(`You lack the action ${action} at ${scope}. The smallest built-in role`);
    expect(message).toContain("Managed Identity Contributor");
  });

  it("of an identity that is full, the ways out", async () => {
    const message = await refusedBy(
      answered({
        status: 400,
        code: "BadRequest",
        message: "Too many Federated Identity Credentials. The managed identity cannot have more than 20.",
      }),
    );
    expect(message).toMatch(/has as many federated credentials as Azure allows\. Delete those that nobody needs/);
  });

  it("of an identity that is gone meanwhile", async () => {
    const message = await refusedBy(
      answered({ status: 404, code: "ParentResourceNotFound", message: "The parent resource could not be found." }),
    );
    expect(message).toContain(`${identity} is gone since the plan was made, or you may not see it any more.`);
  });

  it("of a name that is none", async () => {
    const message = await refusedBy(
      answered({
        status: 400,
        code: "BadRequest",
        message: "Federated Identity Credential name 'x' is invalid.",
      }),
    );
    expect(message).toMatch(/The planned name is none that Azure takes\. Plan again/);
  });

  it("of anything else, in Azure's own words", async () => {
    const message = await refusedBy(answered({ status: 400, code: "Odd", message: "Something odd" }));
    expect(message).toMatch(/: 400 Odd: Something odd$/);
  });

  it("of writes at once is none: it begins like that of a full identity, and is tried again", async () => {
    const world = await credentialWorld({ subscriptions: 1, identities: 1, credentials: 1 });
    onTestFinished(world.stop);
    world.azure.fail({
      method: "PUT",
      path: /./,
      count: 1,
      effect: "answer",
      status: 409,
      code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
      message: "Too many Federated Identity Credentials are written concurrently for the managed identity.",
    });
    expect(await world.run()).toMatchObject([{ outcome: "applied" }]);
  });
});
