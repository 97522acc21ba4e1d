import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { main } from "../../src/cli.ts";
import { checkFleet } from "../../src/commands/schemas.ts";
import { realWorld } from "../../src/commands/world.ts";
import type { Fleet } from "../../src/core/documents/fleet.ts";
import type { Plan } from "../../src/core/documents/plan.ts";
import { ObjectIndex } from "../../src/core/facts.ts";
import { fleetHash } from "../../src/core/fleet.ts";
import type { FederatedCredential } from "../../src/core/model.ts";
import { judge, planDocument } from "../../src/core/reports.ts";
import {
  bound,
  credential,
  decisions,
  type FactsOptions,
  factsOf,
  found,
  resourceIDOf,
  serviceAccount,
  workload,
} from "../core/factories.ts";
import { capturedIo } from "../engine/mortalWorld.ts";

const principal = resourceIDOf("cart").toLowerCase();

interface Region {
  name: string;
  workloads?: number;
  credentials?: FederatedCredential[];
  azure?: FactsOptions["azure"];
  paused?: boolean;
}

/** The plan of a cluster whose workloads all have the identity `cart`. */
function planOf({ name, workloads = 2, credentials = [], azure, paused }: Region): Plan {
  const objects = [
    ...bound("shop/cart"),
    ...Array.from({ length: workloads }, (_, index) => [
      serviceAccount(`shop/app-${index}`),
      workload(`shop/app-${index}`, {
        label: "cart",
        account: `app-${index}`,
        ...(paused ? { spec: { paused } } : {}),
      }),
    ]).flat(),
  ];
  const facts = factsOf(objects, {
    cluster: { id: `uid-of-${name}`, context: `aks-${name}`, issuer: issuerOf(name) },
    azure: azure ?? { cart: { credentials } },
  });
  return planDocument(
    judge({ ...facts, objects: new ObjectIndex(found(objects, `uid-of-${name}`)) }, decisions),
    "1.0.0",
  );
}

const issuerOf = (name: string) => `https://oidc.example/${name}/`;
const three = ["a", "b", "c"].map(name =>
  credential(`old-${name}`, `gone:${name}`, { issuer: "https://elsewhere.example/" }),
);

async function merged(plans: Record<string, unknown>, ...flags: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "merge-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [file, plan] of Object.entries(plans)) await writeFile(join(folder, file), JSON.stringify(plan));
  const { io, printed, said } = capturedIo(folder);
  const exitCode = await main(["merge", ...Object.keys(plans), ...flags], io, realWorld({}, io.signal));
  return { exitCode, printed: printed.join("\n"), said: said.join("\n"), folder };
}

async function fleetOf(plans: Record<string, unknown>): Promise<Fleet> {
  return JSON.parse((await merged(plans, "-o", "json")).printed) as Fleet;
}

describe("merge", () => {
  it("gives one document: the plans by cluster id, and each credential counted once", async () => {
    const [east, west] = [planOf({ name: "east", credentials: three }), planOf({ name: "west", credentials: three })];
    const fleet = await fleetOf({ "west.json": west, "east.json": east });
    expect(fleet).toEqual({
      apiVersion: "azwi-migrate.dev/v1alpha1",
      kind: "Fleet",
      toolVersion: expect.any(String),
      contentHash: expect.stringMatching(/^sha256:/),
      plans: [JSON.parse(JSON.stringify(east)), JSON.parse(JSON.stringify(west))],
      budget: [{ principal, existing: 3, planned: 4, limit: 20 }],
      findings: [],
    });
    expect(checkFleet(fleet)).toEqual({ value: fleet });
    expect(fleet.contentHash).toBe(fleetHash(fleet));
  });

  it("gives the same document whichever plan comes first", async () => {
    const plans = { "a.json": planOf({ name: "east" }), "b.json": planOf({ name: "west" }) };
    const turned = { "b.json": plans["b.json"], "a.json": plans["a.json"] };
    expect(await fleetOf(turned)).toEqual(await fleetOf(plans));
  });

  it("counts what exists as the union of what the plans saw", async () => {
    const mine = credential("mine", "shop:app-0", { issuer: issuerOf("east") });
    const plans = {
      "east.json": planOf({ name: "east", credentials: three.slice(0, 2) }),
      "west.json": planOf({ name: "west", credentials: [...three, mine] }),
    };
    expect((await fleetOf(plans)).budget).toEqual([{ principal, existing: 4, planned: 3, limit: 20 }]);
  });

  it("ends with 3 where the plans together need more than 20, and says what can be done, with numbers", async () => {
    const gone = credential("unneeded", "shop:gone", { issuer: issuerOf("east") });
    const plans = {
      "east.json": planOf({ name: "east", workloads: 12, credentials: [...three, gone] }),
      "west.json": planOf({ name: "west", workloads: 8, credentials: [...three, gone] }),
    };
    const { exitCode, printed } = await merged(plans);
    expect(exitCode).toBe(3);
    const told = printed.replace(/\s+/g, " ");
    expect(told).toContain("24 of 20, too many");
    expect(told).toContain(
      `${principal} has 4 of at most 20 federated credentials, and 20 new ones are needed: 4 too many, so none of them is written.`,
    );
    expect(told).toContain("6 credentials would do if the workloads of a namespace");
    expect(told).toContain(
      "for at least 4 of them; it has room for 20 in all (workloads: NAMESPACE/KIND/NAME: identity: RESOURCE-ID",
    );
    expect(told).toContain("deleting 1 that nothing here needs: unneeded");
    expect(told).toContain("trust: identityBinding); 16 are free");
    expect((await fleetOf(plans)).findings).toMatchObject([
      { code: "credential-budget-exceeded", args: { existing: 4, planned: 20, shared: 6, unused: ["unneeded"] } },
    ]);
  });

  it("ends with 3 where a plan has a blocked workload, which counts no credentials", async () => {
    const { exitCode, printed } = await merged({
      "east.json": planOf({ name: "east" }),
      "west.json": planOf({ name: "west", paused: true, workloads: 30 }),
    });
    expect(exitCode).toBe(3);
    expect(printed).toContain("30 workloads are blocked.");
    expect(printed).not.toContain("too many");
  });

  it("tells which plans could not read an identity", async () => {
    const fleet = await fleetOf({
      "east.json": planOf({ name: "east" }),
      "west.json": planOf({ name: "west", azure: { cart: { failed: "no rights" } } }),
    });
    expect(fleet.budget).toEqual([{ principal, existing: 0, planned: 4, limit: 20 }]);
    expect(fleet.findings).toEqual([
      { code: "credentials-not-counted", severity: "warning", args: { principal, contexts: ["aks-west"] } },
    ]);
  });

  it("refuses two plans of one cluster, and names both files", async () => {
    const plan = planOf({ name: "east" });
    const { exitCode, said } = await merged({ "monday.json": plan, "tuesday.json": plan });
    expect(exitCode).toBe(1);
    expect(said).toContain("monday.json and tuesday.json are both plans of the cluster uid-of-east");
  });

  it("refuses a plan that was edited, and what is none", async () => {
    const plan = planOf({ name: "east" });
    const edited = { ...plan, decisions: { ...plan.decisions, audience: "api://other" } };
    expect(await merged({ "east.json": edited })).toMatchObject({
      exitCode: 4,
      said: expect.stringContaining("The plan east.json was changed after it was made"),
    });
    const fleet = await fleetOf({ "east.json": plan });
    expect(await merged({ "fleet.json": fleet })).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('its kind is "Fleet"'),
    });
  });

  it("writes the fleet to a file, and says what comes next", async () => {
    const { exitCode, said, folder } = await merged({ "east.json": planOf({ name: "east" }) }, "--out", "fleet.json");
    expect(exitCode).toBe(0);
    expect(said).toContain("azwi-migrate apply fleet.json --stage prepare --azure-only");
    const fleet = JSON.parse(await readFile(join(folder, "fleet.json"), "utf8")) as Fleet;
    expect(fleet).toMatchObject({ kind: "Fleet", budget: [{ principal, existing: 0, planned: 2, limit: 20 }] });
  });
});
