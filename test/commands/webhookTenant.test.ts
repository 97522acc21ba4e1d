import { expect, it } from "vitest";
import { fleetWorld } from "./fleetWorld.ts";

const tenant = "aaaaaaaa-0000-0000-0000-000000000001";

/** What a pod of the cluster is told in a variable. */
function valuesIn(world: Awaited<ReturnType<typeof fleetWorld>>, variable: string): unknown[] {
  const pods = world.clusters.west.objects("Pod").filter(({ metadata }) => metadata.name.startsWith("app-0"));
  const variables = pods.flatMap(({ spec }) =>
    (spec as { containers: { env?: { name: string; value: string }[] }[] }).containers.flatMap(({ env = [] }) => env),
  );
  return [...new Set(variables.filter(({ name }) => name === variable).map(({ value }) => value))];
}

it("an account names the tenant of its identity to a webhook that was given another", async () => {
  const world = await fleetWorld({ webhookTenant: "bbbbbbbb-0000-0000-0000-00000000000b" });
  const applied = await world.run("apply", "--context", "aks-west", "--yes", "-o", "json");
  expect([applied.exitCode, applied.document.summary.failed]).toEqual([0, 0]);
  expect(valuesIn(world, "AZURE_TENANT_ID")).toEqual([tenant]);
});

it("an account names none to a webhook of the same tenant", async () => {
  const world = await fleetWorld();
  const planned = await world.run("plan", "--context", "aks-west", "-o", "json");
  expect(planned.document.sources).toMatchObject([{ webhook: { tenantID: tenant, environment: "AzurePublicCloud" } }]);
  expect(planned.printed).not.toContain("azure.workload.identity/tenant-id");
});
