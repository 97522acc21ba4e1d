import { expect, it } from "vitest";
import { fleetWorld } from "./fleetWorld.ts";

const tenant = "aaaaaaaa-0000-0000-0000-000000000001";
const otherTenant = "bbbbbbbb-0000-0000-0000-00000000000b";

/** What a pod of the cluster is told in a variable. */
function valuesIn(world: Awaited<ReturnType<typeof fleetWorld>>, variable: string): unknown[] {
  const pods = world.clusters.west.objects("Pod").filter(({ metadata }) => metadata.name.startsWith("app-0"));
  const variables = pods.flatMap(({ spec }) =>
    (spec as { containers: { env?: { name: string; value: string }[] }[] }).containers.flatMap(({ env = [] }) => env),
  );
  return [...new Set(variables.filter(({ name }) => name === variable).map(({ value }) => value))];
}

it("an account names the tenant of its identity to a webhook that was given another", async () => {
  const world = await fleetWorld({ webhookTenant: otherTenant });
  const applied = await world.run("apply", "--context", "aks-west", "--yes", "-o", "json");
  expect([applied.exitCode, applied.document.summary.failed]).toEqual([0, 0]);
  expect(valuesIn(world, "AZURE_TENANT_ID")).toEqual([tenant]);
});

it("verify finds in a dry run that the next pods would ask another tenant, as their account does not name it any more", async () => {
  const world = await fleetWorld({ webhookTenant: otherTenant });
  await world.run("apply", "--context", "aks-west", "--yes");
  await fetch(`${world.clusters.west.url}/api/v1/namespaces/shop/serviceaccounts/app-0`, {
    method: "PATCH",
    headers: { "Content-Type": "application/merge-patch+json" },
    body: JSON.stringify({ metadata: { annotations: { "azure.workload.identity/tenant-id": null } } }),
  });
  const { exitCode, document } = await world.run(
    ...["verify", "--context", "aks-west", "--dry-run-pods", "-o", "json"],
  );
  const failed = document.checks.filter((one: { result: string }) => one.result === "failed");
  expect([exitCode, failed.map((one: { code: string }) => one.code)]).toEqual([
    3,
    ["service-account-annotated", "dry-run-pod-mutated"],
  ]);
  expect(failed[1].evidence).toContain(`made in a dry run, has AZURE_TENANT_ID=${otherTenant}, wanted ${tenant}`);
});

it("an account names none to a webhook of the same tenant", async () => {
  const world = await fleetWorld();
  const planned = await world.run("plan", "--context", "aks-west", "-o", "json");
  expect(planned.document.sources).toMatchObject([{ webhook: { tenantID: tenant, environment: "AzurePublicCloud" } }]);
  expect(planned.printed).not.toContain("azure.workload.identity/tenant-id");
});
