import { describe, expect, it } from "vitest";
import { credential } from "../core/factories.ts";
import { fleetWorld, issuerOf, mergedFleet } from "./fleetWorld.ts";

const subject = (name: string, app: string) => `${issuerOf(name)} system:serviceaccount:shop:${app}`;
const prepareJob = ["apply", "fleet.json", "--stage", "prepare", "--azure-only", "--yes", "-o", "json"];
const shard = (context: string) => ["apply", "fleet.json", "--context", context, "--yes", "-o", "json"];

describe("a fleet", () => {
  it("is prepared in Azure by one job, and each cluster carried out by a job of its own", async () => {
    const world = await fleetWorld({ apps: { west: 2, east: 1 } });
    expect((await mergedFleet(world)).exitCode).toBe(0);

    const prepared = await world.run(...prepareJob);
    expect([prepared.exitCode, prepared.said]).toEqual([0, expect.anything()]);
    expect(prepared.document.summary).toMatchObject({ applied: 3, failed: 0, refused: 0 });
    expect(world.subjects()).toEqual([subject("east", "app-0"), subject("west", "app-0"), subject("west", "app-1")]);
    expect([world.clusterWrites("west"), world.clusterWrites("east")]).toEqual([[], []]);
    expect([world.records("west").length, world.records("east").length]).toEqual([2, 1]);

    const writes = world.azureWrites();
    const [west, east] = [await world.run(...shard("aks-west")), await world.run(...shard("aks-east"))];
    expect([west.exitCode, east.exitCode]).toEqual([0, 0]);
    expect(west.document).toMatchObject({ kind: "RunResult", run: prepared.document.run, summary: { applied: 4 } });
    expect(world.azureWrites()).toEqual(writes);
    expect(world.clusterWrites("east")).toEqual(["PATCH serviceaccounts/app-0", "PATCH deployments/app-0"]);
    for (const context of ["aks-west", "aks-east"]) {
      expect((await world.run("plan", "--context", context, "--detailed-exitcode", "-q")).exitCode).toBe(0);
    }
  });

  it("tells of a shard what is blocked in its own clusters, where a plan has several", async () => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    await world.run("plan", "--context", "aks-west", "--context", "aks-east", "--out", "both.json", "-q");
    await world.run("merge", "both.json", "--out", "fleet.json", "-q");
    await world.run(...prepareJob);
    const [west, east] = [await world.run(...shard("aks-west")), await world.run(...shard("aks-east"))];
    const told = ({ exitCode, document }: typeof west) => [exitCode, document.summary.blocked, document.prepareOnly];
    const held = [{ usage: "uid-of-west/shop/Deployment/app-0", switchBlockedBy: ["webhook-not-installed"] }];
    expect([told(west), told(east)]).toEqual([
      [3, 1, held],
      [0, 0, undefined],
    ]);
  });

  it("does nothing a second time", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    await world.run(...prepareJob);
    const again = await world.run(...prepareJob);
    expect([again.exitCode, again.document.summary]).toMatchObject([0, { applied: 0, done: 2 }]);
    await world.run(...shard("aks-west"));
    const written = [world.azureWrites(), world.clusterWrites("west")];
    expect(await world.run(...shard("aks-west"))).toMatchObject({ exitCode: 0 });
    expect([world.azureWrites(), world.clusterWrites("west")]).toEqual(written);
  });

  it("lets no shard write in Azure: what waits for the prepare job stops and names its command, the rest goes on", async () => {
    const world = await fleetWorld({
      apps: { west: 2 },
      credentials: [credential("there", "shop:app-1", { issuer: issuerOf("west") })],
    });
    await mergedFleet(world);
    const { exitCode, document } = await world.run(...shard("aks-west"));
    expect(exitCode).toBe(1);
    expect(world.azureWrites()).toEqual([]);
    expect(world.clusterWrites("west")).toEqual(["PATCH serviceaccounts/app-1", "PATCH deployments/app-1"]);
    const stopped = document.steps.filter((one: { outcome: string }) => one.outcome === "stopped");
    expect(stopped.map((one: { usages: string[] }) => one.usages)).toEqual(
      Array.from({ length: 3 }, () => ["uid-of-west/shop/Deployment/app-0"]),
    );
    const pending = stopped.find((one: { step: string }) => one.step.includes("federatedidentitycredentials"));
    expect(pending.message).toContain("azwi-migrate apply fleet.json --stage prepare --azure-only");
  });

  it("names the prepare job to a shard of one stage too", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    const { exitCode, document } = await world.run(...shard("aks-east"), "--stage", "switch");
    expect([exitCode, document.steps]).toEqual([
      1,
      [
        {
          step: "uid-of-east/shop/Deployment/app-0#switch",
          usages: ["uid-of-east/shop/Deployment/app-0"],
          outcome: "stopped",
          message: expect.stringContaining("azwi-migrate apply fleet.json --stage prepare --azure-only"),
        },
      ],
    ]);
  });

  it("is carried out from one machine, in Azure and all clusters, where no half is asked for", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    const { exitCode, document } = await world.run("apply", "fleet.json", "--yes", "-o", "json");
    expect([exitCode, document.summary]).toMatchObject([0, { applied: 6, failed: 0 }]);
    expect(world.subjects()).toEqual([subject("east", "app-0"), subject("west", "app-0")]);
  });

  it("knows its clusters by their ids, whatever their contexts are called here", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    world.contexts.clear();
    world.contexts.set("prod-1", "east").set("prod-2", "west");
    const missing = await world.run(...prepareJob, "--context", "prod-1");
    expect([missing.exitCode, missing.said]).toEqual([
      1,
      expect.stringContaining("No --context leads to aks-west (uid-of-west)"),
    ]);
    expect(world.azureWrites()).toEqual([]);
    expect((await world.run(...prepareJob, "--context", "prod-1", "--context", "prod-2")).exitCode).toBe(0);
    const { exitCode, document } = await world.run(...shard("prod-2"));
    expect([exitCode, document.summary.applied]).toEqual([0, 2]);
    expect(world.clusterWrites("east")).toEqual([]);
  });

  it("reads an identity that all clusters share once", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    const path =
      /userAssignedIdentities\/cart\/federatedIdentityCredentials\?|userAssignedIdentities\/cart\/federatedIdentityCredentials$/;
    const lists = () => world.azure.requests.filter(one => one.method === "GET" && path.test(one.path)).length;
    await world.run(...prepareJob);
    const before = lists();
    await world.run(...prepareJob);
    // One for the plans, and one for each step that looks whether it is done.
    expect(lists() - before).toBeLessThanOrEqual(3);
  });
});

describe("twenty credentials over a fleet", () => {
  it("that no plan needs alone are too many in the fleet, and the prepare job writes none", async () => {
    const world = await fleetWorld({ apps: { west: 11, east: 10 } });
    const merged = await mergedFleet(world);
    expect(merged.exitCode).toBe(3);
    expect(merged.document.budget).toMatchObject([{ existing: 0, planned: 21, limit: 20 }]);
    const { exitCode, document } = await world.run(...prepareJob);
    expect(exitCode).toBe(4);
    expect(document.refused).toHaveLength(21);
    expect(document.refused[0].differences[0]).toContain("would have 21 of at most 20 credentials");
    expect(world.azureWrites()).toEqual([]);
  });

  it("are counted anew before the first write", async () => {
    const world = await fleetWorld({ apps: { west: 2, east: 2 } });
    expect((await mergedFleet(world)).exitCode).toBe(0);
    const others = Array.from({ length: 17 }, (_, index) => credential(`late-${index}`, `other:late-${index}`));
    await world.addCredentials(...others);
    const writes = world.azureWrites();
    const { exitCode, document } = await world.run(...prepareJob);
    expect([exitCode, document.refused.length]).toEqual([4, 4]);
    expect(world.azureWrites()).toEqual(writes);
  });

  it("fit to the last one", async () => {
    const world = await fleetWorld({ apps: { west: 10, east: 10 } });
    expect((await mergedFleet(world)).exitCode).toBe(0);
    expect((await world.run(...prepareJob)).exitCode).toBe(0);
    expect(world.subjects()).toHaveLength(20);
  });
});

describe("--azure-only", () => {
  it("is a part of stage prepare", async () => {
    const world = await fleetWorld();
    for (const stage of [[], ["--stage", "switch"]]) {
      const { exitCode, said } = await world.run("apply", "--context", "aks-west", "--azure-only", "--yes", ...stage);
      expect([exitCode, said]).toEqual([1, expect.stringContaining("--azure-only is a part of stage prepare")]);
    }
  });

  it("works with a plan of one cluster too", async () => {
    const world = await fleetWorld();
    await world.run("plan", "--context", "aks-west", "--out", "plan.json", "-q");
    const { exitCode } = await world.run("apply", "plan.json", "--stage", "prepare", "--azure-only", "--yes", "-q");
    expect(exitCode).toBe(0);
    expect(world.subjects()).toEqual([subject("west", "app-0")]);
    expect(world.clusterWrites("west")).toEqual([]);
  });
});

describe("a fleet file", () => {
  it("is refused whole where one of its plans was edited, or the fleet itself", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    const fleet = JSON.parse(await world.read("fleet.json"));
    const edited = structuredClone(fleet);
    edited.plans[1].decisions.audience = "api://other";
    await world.write("edited.json", JSON.stringify(edited));
    await world.write("shorter.json", JSON.stringify({ ...fleet, plans: fleet.plans.slice(1) }));
    expect(await world.run("apply", "edited.json", "--yes")).toMatchObject({
      exitCode: 4,
      said: expect.stringContaining("The plan of aks-west in edited.json was changed after it was made"),
    });
    expect(await world.run("apply", "shorter.json", "--yes")).toMatchObject({
      exitCode: 4,
      said: expect.stringContaining("The fleet shorter.json was changed"),
    });
    expect(world.azureWrites()).toEqual([]);
  });

  it("has no plan for a cluster that it was not made for", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    await world.run("merge", "west.json", "--out", "fleet.json", "-q");
    const { exitCode, said } = await world.run(...shard("aks-east"));
    expect([exitCode, said]).toEqual([4, expect.stringContaining("for which the fleet has no plan")]);
  });

  it("keeps the decisions that its plans were made with", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    const { exitCode, said } = await world.run(...prepareJob, "--audience", "api://other");
    expect([exitCode, said]).toEqual([1, expect.stringContaining("--audience would change nothing")]);
  });
});

describe("the command that is named next", () => {
  it("is safe to paste, whatever contexts and files are called", async () => {
    const world = await fleetWorld();
    const context = "aks; rm -rf $HOME";
    world.contexts.set(context, "west");
    const { said } = await world.run("plan", "--context", context, "--out", "my plan's.json");
    expect(said).toContain("azwi-migrate apply 'my plan'\\''s.json' --context 'aks; rm -rf $HOME'");
    const merged = await world.run("merge", "my plan's.json", "--out", "my fleet.json");
    expect(merged.said).toContain("azwi-migrate apply 'my fleet.json' --context NAME");
  });
});
