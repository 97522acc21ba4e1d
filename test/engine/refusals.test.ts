import { describe, expect, it, onTestFinished } from "vitest";
import type { AzureAccess } from "../../src/core/azure/azurePorts.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import {
  audience,
  type CredentialWorld,
  type CredentialWorldOptions,
  credentialWorld,
  issuer,
} from "./credentialWorld.ts";

const identity =
  "/subscriptions/sub-0/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/identity-0";

async function refusedBy(
  arrange: (world: CredentialWorld) => AzureAccess | undefined,
  options: Partial<CredentialWorldOptions> = {},
): Promise<string | undefined> {
  const world = await credentialWorld({ subscriptions: 1, identities: 1, credentials: 1, ...options });
  onTestFinished(world.stop);
  const azure = arrange(world);
  const [result] = await world.run(azure ? { azure } : {});
  expect(result?.outcome).toBe("failed");
  expect(world.requests().filter(one => one.startsWith("PUT"))).toHaveLength(1);
  return result?.message;
}

const asItIs = () => undefined;
const answered = (fault: { status: number; code: string; message: string }) => (world: CredentialWorld) => {
  world.azure.fail({ method: "PUT", path: /./, effect: "answer", ...fault });
  return undefined;
};

describe("a refusal of Azure tells what happened and what to do", () => {
  it("of a policy, which one", async () => {
    const message = await refusedBy(({ azure }) => {
      azure.addPolicyAssignment({
        name: "deny-fic",
        displayName: "No federated credentials",
        definitionName: "deny-type",
        scope: "/subscriptions/sub-0",
        deniedType: "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
      });
      return undefined;
    });
    expect(message).toMatch(
      /403 RequestDisallowedByPolicy: Resource '\S+' was disallowed by policy\. Policy: "No federated credentials" \(assignment \/subscriptions\/sub-0\/providers\/Microsoft\.Authorization\/policyAssignments\/deny-fic\)\. Azure Policy forbids .* exemption for .*identity-0 /,
    );
  });

  it("of a lock, where it is", async () => {
    const scope = "/subscriptions/sub-0/resourceGroups/shop";
    const message = await refusedBy(({ azure }) => {
      azure.addLock({ scope, level: "ReadOnly" });
      return undefined;
    });
    expect(message).toContain(`409 ScopeLocked`);
    expect(message).toContain(`A lock at ${scope} forbids the change.`);
  });

  it("of a region, which one", async () => {
    const message = await refusedBy(asItIs, { location: "newzealandnorth" });
    expect(message).toMatch(/The identity is in a region \(newzealandnorth\) that does not support .* another region/);
  });

  it("of a missing right, which action where, and the smallest role", async () => {
    const principalId = "20000000-0000-4000-8000-000000000002";
    const message = await refusedBy(
      ({ azure, clock }) => {
        azure.addRoleAssignment({ principalId, scope: "/subscriptions/sub-0", role: "Reader" });
        return signedInAccess(azure, clock, { principalId });
      },
      { azure: { accessControl: "roleAssignments" } },
    );
    const action = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";
    expect(message?.toLowerCase()).toContain(`you lack the action ${action} at ${identity}`.toLowerCase());
    expect(message).toContain("documented role that has it is Managed Identity Contributor");
  });

  it("of an identity that is full, the ways out", async () => {
    const existing = Array.from({ length: 20 }, (_, index) => ({
      name: `other-${index}`,
      issuer,
      subject: `system:serviceaccount:other:${index}`,
      audience,
    }));
    const message = await refusedBy(asItIs, { existing });
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
