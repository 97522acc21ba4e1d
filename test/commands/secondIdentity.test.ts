import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import { planHash } from "../../src/core/reports.ts";
import { clientIDOf, credential, resourceIDOf } from "../core/factories.ts";
import { type FleetOptions, fleetWorld, issuerOf } from "./fleetWorld.ts";

const full = Array.from({ length: 20 }, (_, index) =>
  credential(`old-${index}`, `gone:${index}`, { issuer: "https://x/" }),
);
const spare = resourceIDOf("spare");
const config = `apiVersion: azwi-migrate.dev/v1alpha1
kind: Config
workloads:
  shop/Deployment/app-0:
    identity: ${spare}
`;
const plan = ["plan", "--context", "aks-west", "--out", "plan.json", "-o", "json"];
const apply = ["apply", "plan.json", "--yes", "-o", "json"];
const isAboutRoles = ({ path }: { path: string }) => path.includes("Microsoft.Authorization/role");

async function world(options: FleetOptions = {}) {
  const made = await fleetWorld({ credentials: full, spare: ["spare"], ...options });
  await made.write("azwi-migrate.yaml", config);
  return made;
}

describe("an identity without a free slot", () => {
  it("refuses the 21st credential in words that name every choice", async () => {
    const made = await fleetWorld({ credentials: full });
    const { exitCode, printed } = await made.run("plan", "--context", "aks-west", "--detailed-exitcode");
    expect(exitCode).toBe(3);
    const told = printed.replace(/\s+/g, " ");
    expect(told).toContain(
      "has 20 of at most 20 federated credentials, and 1 new one is needed: 1 too many, so it is not written.",
    );
    expect(told).toContain("(1) a second identity that exists already, for at least 1 of them; it has room for 20");
    expect(told).toContain("none is free, so one has to be deleted first");
    const applied = await made.run("apply", "--context", "aks-west", "--yes", "-o", "json");
    expect([applied.exitCode, applied.document.summary.blocked]).toEqual([3, 1]);
    expect(made.azureWrites()).toEqual([]);
  });

  it("is relieved by a second one that the config file names, end to end", async () => {
    const made = await world();
    const { document } = await made.run(...plan);
    expect(document.mappings).toMatchObject([{ blockedBy: [], trusts: [{ principal: spare.toLowerCase() }] }]);
    const { exitCode } = await made.run(...apply, "--identity", spare);
    expect(exitCode).toBe(0);
    expect(made.subjects("spare")).toEqual([`${issuerOf("west")} system:serviceaccount:shop:app-0`]);
    expect(made.subjects()).toHaveLength(20);
    const [account] = made.clusters.west.objects("ServiceAccount").filter(one => one.metadata.name === "app-0");
    expect(account?.metadata.annotations).toMatchObject({ "azure.workload.identity/client-id": clientIDOf("spare") });
    const again = await made.run("plan", "--context", "aks-west", "--detailed-exitcode", "-o", "json");
    expect([again.exitCode, again.document.usages[0].state, again.document.steps]).toEqual([0, "migrated", []]);
    expect((await made.run("verify", "--context", "aks-west")).exitCode).toBe(0);
  });

  it("gives nobody another identity by a saved plan alone", async () => {
    const made = await world();
    await made.run(...plan);
    const { exitCode, said } = await made.run(...apply);
    expect([exitCode, said]).toEqual([4, expect.stringContaining(`gives shop/Deployment/app-0 the identity ${spare}`)]);
    expect(made.azureWrites()).toEqual([]);
  });

  it.each<[string, (plan: Plan) => unknown]>([
    ["blocked", plan => plan.mappings[0]?.blockedBy.push("identity-not-found")],
    ["not planned at all", plan => plan.mappings.splice(0)],
  ])("is not got by a forged plan whose steps are for a mapping that is %s", async (_, forge) => {
    const made = await world();
    await made.run(...plan);
    const forged: Plan = JSON.parse(await made.read("plan.json"));
    forge(forged);
    await made.write("plan.json", JSON.stringify({ ...forged, contentHash: planHash(forged) }));
    const { exitCode, said } = await made.run(...apply);
    expect([exitCode, said]).toEqual([4, expect.stringContaining(`gives shop/Deployment/app-0 the identity ${spare}`)]);
    expect(made.azureWrites()).toEqual([]);
  });
});

describe("the roles of a second identity", () => {
  it("are listed beside those of the first, and what it lacks is named", async () => {
    const made = await world();
    const scope = "/subscriptions/sub/resourceGroups/shop";
    made.azure.addRoleAssignment({ principalId: clientIDOf("cart"), scope, role: "Reader" });
    made.azure.addRoleAssignment({ principalId: clientIDOf("cart"), scope, role: "Contributor" });
    made.azure.addRoleAssignment({ principalId: clientIDOf("spare"), scope: "/subscriptions/sub", role: "Reader" });
    const { document } = await made.run(...plan);
    const found = document.findings.filter((one: { code: string }) => one.code.startsWith("role-assignments"));
    expect(found).toMatchObject([{ code: "role-assignments-differ", args: { missing: [`Contributor on ${scope}`] } }]);
    expect(document.findings.map((one: { code: string }) => one.code)).toContain("data-plane-rights-not-visible");
  });

  it("are not asked for where nobody names one", async () => {
    const made = await fleetWorld();
    await made.run("plan", "--context", "aks-west", "-o", "json");
    expect(made.azure.requests.filter(isAboutRoles)).toEqual([]);
  });

  it("that may not be listed are said to be unknown", async () => {
    const made = await world();
    made.azure.fail({
      method: "GET",
      path: /roleAssignments/,
      effect: "answer",
      status: 403,
      code: "AuthorizationFailed",
    });
    const { exitCode, document } = await made.run(...plan);
    expect(exitCode).toBe(0);
    expect(document.findings.map((one: { code: string }) => one.code)).toContain("role-assignments-not-visible");
  });
});
