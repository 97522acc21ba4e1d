import { describe, expect, it } from "vitest";
import { createAzureAccess } from "../../src/azure/access.ts";
import type { Step } from "../../src/core/model.ts";
import { neededActions } from "../../src/core/rights/azureRights.ts";
import { type PreflightOptions, preflight } from "../../src/engine/preflight.ts";
import { inProcessHttpClient } from "../../src/sandbox/azure/inProcessTransport.ts";
import { createSimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { engineWorld } from "./world.ts";

const tenantId = "aaaaaaaa-0000-0000-0000-000000000001";
const principalId = "99999999-0000-0000-0000-000000000009";
const credentialRole = "Managed Identity Contributor";
const [, write] = neededActions.FederatedIdentityCredential;

/** Identities by `GROUP/NAME`, an operator with these roles, and what the preflight finds for a credential on each identity. */
async function asked(
  identities: string[],
  roles: { role: string; scope: string }[],
  { claims = {}, ...options }: Partial<PreflightOptions> & { claims?: object } = {},
) {
  const world = await engineWorld({ objects: [] });
  const clock = new SimulatedClock();
  const azure = createSimulatedAzure({ clock, jwks: async () => undefined, accessControl: "roleAssignments" });
  const ids = identities.map(path => {
    const [resourceGroup = "", name = ""] = path.split("/");
    return azure
      .addIdentity({ subscriptionId: "sub", resourceGroup, name, clientId: name, principalId: name, tenantId })
      .toLowerCase();
  });
  for (const { role, scope } of roles) azure.addRoleAssignment({ principalId, role, scope });
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${encode({})}.${encode({ tid: tenantId, oid: principalId, appid: "app", idtyp: "app", ...claims })}.x`;
  azure.addAccessToken(token, { principalId, tenantId });
  const access = createAzureAccess({
    cloud: {
      name: "public",
      authorityHost: "https://login.test",
      resourceManagerEndpoint: "https://management.test",
      resourceManagerScope: "https://management.test/.default",
      graphEndpoint: "https://graph.test",
    },
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) },
    httpClient: inProcessHttpClient(azure.handle),
    clock,
  });
  const { source } = world.access;
  const steps = [...ids, "an-application"].map((principal): Step => {
    const name = principal.split("/").at(-1) ?? "";
    return {
      id: `${source}${principal}/federatedidentitycredentials/${name}#prepare`,
      stage: "prepare",
      dependsOn: [],
      usages: [name],
      route: "live",
      op: "trust",
      target: { source, kind: "FederatedIdentityCredential", principal, name },
      trust: { principal, issuer: "i", subject: "s", audience: "a", backend: "federatedCredential", name },
    };
  });
  const signal = new AbortController().signal;
  const ports = { cluster: () => world.access, azure: access, clock, random: () => 1, signal };
  const found = await preflight(steps, ports, { shares: new Map(), stages: ["prepare"], ...options });
  const scopes = azure.requests.map(({ path }) => path.replace("/providers/Microsoft.Authorization/permissions", ""));
  return { ids, found, scopes, group: (name: string) => `/subscriptions/sub/resourcegroups/${name}` };
}

describe("the preflight of Azure", () => {
  it("asks a resource group for all of its identities, and nobody about applications", async () => {
    const roles = [{ role: credentialRole, scope: "/subscriptions/sub/resourceGroups/shop" }];
    const { found, scopes, group } = await asked(["shop/a", "shop/b", "shop/c"], roles);
    expect([found.refused, found.azure.missing, found.azure.unchecked]).toEqual([[], [], []]);
    expect(scopes).toEqual([group("shop")]);
    expect(found.azure.caller).toEqual({
      cloud: "public",
      tenantID: tenantId,
      objectID: principalId,
      clientID: "app",
      type: "app",
    });
  });

  it("asks at the identity where the group does not give it, and refuses what is missing there alone", async () => {
    const { found, ids, scopes, group } = await asked(
      ["shop/a", "shop/b", "other/c"],
      [
        { role: "Reader", scope: "/subscriptions/sub" },
        {
          role: credentialRole,
          scope: "/subscriptions/sub/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/a",
        },
      ],
    );
    expect([...scopes].sort()).toEqual([...ids, group("shop")].sort());
    expect(found.azure.missing.map(({ scope, actions }) => [scope, actions])).toEqual([
      [ids[2], [write]],
      [ids[1], [write]],
    ]);
    expect(found.refused).toEqual([
      { usage: "b", differences: [`not allowed: ${write} at ${ids[1]}`] },
      { usage: "c", differences: [`not allowed: ${write} at ${ids[2]}`] },
    ]);
    expect(found.steps.flatMap(step => step.usages)).toEqual(["a", "an-application"]);
  });

  it("goes on, and says so, where it may not ask", async () => {
    const { found, ids } = await asked(["shop/a"], []);
    expect(found.refused).toEqual([]);
    expect(found.azure.unchecked).toEqual([{ scope: ids[0], reason: expect.stringContaining("AuthorizationFailed") }]);
  });

  it("asks at the identities where only the group may not be asked", async () => {
    const roles = ["a", "b"].map(name => ({
      role: credentialRole,
      scope: `/subscriptions/sub/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/${name}`,
    }));
    const { found, scopes } = await asked(["shop/a", "shop/b"], roles);
    expect([found.refused, found.azure.unchecked, scopes.length]).toEqual([[], [], 3]);
  });

  it("refuses identities of another tenant before anything is asked about them", async () => {
    const { found, ids, scopes } = await asked(["shop/a", "shop/b"], [], {
      tenantOf: principal => (principal.endsWith("/a") ? "bbbb" : tenantId.toUpperCase()),
    });
    expect(found.azure.elsewhere).toEqual([{ principal: ids[0], tenantID: "bbbb" }]);
    expect(found.refused).toEqual([
      { usage: "a", differences: [expect.stringMatching(/^another tenant: .* is in tenant bbbb/)] },
    ]);
    expect(scopes).toEqual([ids[1]]);
  });

  it("takes nobody for somebody of another tenant whom the token does not tell", async () => {
    const { found } = await asked(["shop/a"], [], { claims: { tid: 1 }, tenantOf: () => "bbbb" });
    expect([found.azure.elsewhere, found.refused]).toEqual([[], []]);
  });
});
