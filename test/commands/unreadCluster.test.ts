import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import { type FleetWorld, fleetWorld, mergedFleet } from "./fleetWorld.ts";

const both = ["--context", "aks-west", "--context", "aks-east"];
const west = ["--context", "aks-west"];

/** What can be wrong with the cluster `east`, and what is told of it. */
const failures: [string, (world: FleetWorld) => unknown, { reason: string; hint?: string }][] = [
  [
    "nobody answers",
    ({ clusters }) => clusters.east.stop(),
    { reason: "Cannot reach URL (context aks-east): connect ECONNREFUSED", hint: "Check that the cluster runs" },
  ],
  [
    "the credentials are refused",
    ({ clusters }) => clusters.east.fail({ request: { path: /./ }, answer: 401, reason: "Unauthorized" }),
    { reason: "URL (context aks-east) does not accept the credentials", hint: "They may have expired: sign in again" },
  ],
  [
    "nothing may be listed",
    ({ clusters }) => clusters.east.deny({}),
    { reason: "Nothing can be listed in URL (context aks-east): pods is forbidden" },
  ],
  [
    "the connection ends in the middle",
    ({ clusters }) => clusters.east.fail({ request: { path: /deployments/ }, answer: 401, reason: "Unauthorized" }),
    { reason: "URL (context aks-east) does not accept the credentials", hint: "They may have expired" },
  ],
];

const unread = (world: FleetWorld, { reason, hint }: { reason: string; hint?: string }) => ({
  code: "cluster-not-read",
  severity: "error",
  subject: { source: `server:${world.clusters.east.url}`, apiVersion: "v1", kind: "Namespace", name: "kube-system" },
  args: {
    context: "aks-east",
    reason: expect.stringContaining(reason.replace("URL", world.clusters.east.url)),
    ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
  },
});

const isUnread = ({ code }: { code: string }) => code === "cluster-not-read";

describe("a cluster that was missing", () => {
  it("makes a scan no baseline for it: everybody there would seem to be new", async () => {
    const world = await fleetWorld();
    const allow = world.clusters.east.deny({});
    await world.write("baseline.json", (await world.run("scan", ...both, "-o", "json")).printed);
    expect((await world.run("scan", ...west, "--baseline", "baseline.json")).exitCode).toBe(0);
    allow();
    const { exitCode, said, printed } = await world.run("scan", ...both, "--baseline", "baseline.json");
    expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: "" });
    expect(said).toContain(
      "The baseline baseline.json was made while the cluster of context aks-east could not be read",
    );
  });

  it("is told of by merge, until another plan is of it", async () => {
    const world = await fleetWorld();
    const allow = world.clusters.east.deny({});
    await world.run("plan", ...both, "--out", "west.json");
    const told = await world.run("merge", "west.json", "-o", "json");
    expect([told.exitCode, told.document.findings]).toEqual([
      1,
      [expect.objectContaining({ code: "cluster-not-read" })],
    ]);
    allow();
    await world.run("plan", "--context", "aks-east", "--out", "east.json");
    const whole = await world.run("merge", "west.json", "east.json", "-o", "json");
    expect([whole.exitCode, whole.document.findings]).toEqual([0, []]);
  });
});

describe.each(failures)("one of two clusters, where %s", (_, breakEast, told) => {
  it.each(["scan", "plan", "verify"])("%s goes on with the other, tells of it and ends with 1", async command => {
    const world = await fleetWorld({ apps: { west: 2 } });
    await breakEast(world);
    const alone = await world.run(command, ...west, "-o", "json");
    const { exitCode, said, document } = await world.run(command, ...both, "-o", "json");
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: "" });
    expect(document.findings.filter(isUnread)).toEqual([unread(world, told)]);
    // All else is as if the other one had not been named.
    const { contentHash, findings, ...rest } = document;
    const { contentHash: hashAlone, findings: findingsAlone, ...restAlone } = alone.document;
    expect(rest).toEqual(restAlone);
    expect(findings.filter((one: { code: string }) => !isUnread(one))).toEqual(findingsAlone);
  });

  it("is told as text too", async () => {
    const world = await fleetWorld();
    await breakEast(world);
    for (const command of ["scan", "plan", "verify"]) {
      const { printed } = await world.run(command, ...both);
      const words = printed.replaceAll(/\s+/g, " ");
      expect(words).toContain("✗ cluster-not-read The cluster of context aks-east was left out: ");
      expect(words).toContain("app-0");
    }
  });

  it("ends the command with one message where it is the only one, or where no other can be read", async () => {
    const world = await fleetWorld();
    await breakEast(world);
    const alone = await world.run("scan", "--context", "aks-east");
    expect(alone).toMatchObject({ exitCode: 1, printed: "", said: expect.stringContaining("context aks-east") });
    await world.clusters.west.stop();
    const none = await world.run("scan", ...both.slice(2), ...west);
    const said = `${alone.said}\nNor can the other clusters be read: aks-west.`;
    expect(none).toMatchObject({ exitCode: 1, printed: "", said });
  });

  it("keeps apply from writing anything, with a plan on the spot, a saved one and a fleet", async () => {
    const world = await fleetWorld();
    await mergedFleet(world);
    await world.run("plan", ...both, "--out", "plan.json", "-q");
    await breakEast(world);
    for (const args of [both, ["plan.json"], ["plan.json", ...both], ["fleet.json"]]) {
      const { exitCode, printed, said } = await world.run("apply", ...args, "--yes");
      expect({ exitCode, printed, said }).toEqual({
        exitCode: 1,
        printed: "",
        said: expect.stringContaining("context aks-east"),
      });
    }
    expect([world.azureWrites(), world.clusterWrites("west"), world.records("west")]).toEqual([[], [], []]);
  });
});

describe("beside a cluster that cannot be read", () => {
  it("the exit code says so before it says that changes are pending or somebody is new", async () => {
    const world = await fleetWorld();
    await world.write("baseline.json", (await world.run("scan", ...west, "-l", "app=nobody", "-o", "json")).printed);
    expect((await world.run("plan", ...west, "--detailed-exitcode")).exitCode).toBe(2);
    expect((await world.run("scan", ...west, "--baseline", "baseline.json")).exitCode).toBe(3);
    await world.clusters.east.stop();
    expect((await world.run("plan", ...both, "--detailed-exitcode")).exitCode).toBe(1);
    expect((await world.run("scan", ...both, "--baseline", "baseline.json")).exitCode).toBe(1);
  });

  it("a plan is saved for the others, and names the command that carries that out", async () => {
    const world = await fleetWorld();
    await world.clusters.east.stop();
    const { exitCode, said } = await world.run("plan", ...both, "--out", "plan.json");
    expect([exitCode, said]).toEqual([1, expect.stringMatching(/apply plan\.json --context aks-west$/m)]);
    const plan: Plan = JSON.parse(await world.read("plan.json"));
    expect(new Set(plan.steps.map(({ target }) => target.source))).toEqual(new Set(["uid-of-west"]));
    expect((await world.run("apply", "plan.json", ...west, "--yes")).exitCode).toBe(0);
    expect(world.subjects()).toHaveLength(1);
  });

  it("credentials are counted once its own plan is merged with the one of the others", async () => {
    const world = await fleetWorld({ apps: { west: 11, east: 10 } });
    const end = world.clusters.east.fail({ request: { path: /./ }, answer: 401, reason: "Unauthorized" });
    expect((await world.run("plan", ...both, "--out", "others.json", "-q")).exitCode).toBe(1);
    end();
    await world.run("plan", "--context", "aks-east", "--out", "east.json", "-q");
    const { exitCode, document } = await world.run("merge", "others.json", "east.json", "-o", "json");
    expect([exitCode, document.budget]).toMatchObject([3, [{ existing: 0, planned: 21, limit: 20 }]]);
  });

  it("it is not said that nobody uses pod identity, but of which clusters that is true", async () => {
    const world = await fleetWorld();
    const nobody = ["-l", "app=nobody"];
    expect((await world.run("scan", ...both, ...nobody)).printed).toMatch(/^No workload uses pod identity here\./m);
    await world.clusters.east.stop();
    expect((await world.run("scan", ...both, ...nobody)).printed).toMatch(
      /^No workload uses pod identity in the clusters that were read\./m,
    );
    expect((await world.run("plan", ...both, ...nobody)).printed).toMatch(
      /^Nothing to do: no workload with labels app=nobody uses pod identity in the clusters that were read\.$/m,
    );
  });

  it("two contexts of one cluster are still refused", async () => {
    const world = await fleetWorld();
    world.contexts.set("aks-west-2", "west");
    await world.clusters.east.stop();
    const { exitCode, printed, said } = await world.run("scan", ...both, "--context", "aks-west-2");
    expect([exitCode, printed, said]).toEqual([1, "", expect.stringContaining("lead to the same cluster")]);
  });

  it("--cluster-resource-id may name it, and an id without a context is not taken for the other's", async () => {
    const world = await fleetWorld();
    await world.clusters.east.stop();
    const id = "/subscriptions/sub/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/east";
    const named = await world.run("plan", ...both, "--cluster-resource-id", `aks-east=${id}`, "-o", "json");
    expect([named.exitCode, named.document.findings.filter(isUnread)]).toMatchObject([1, [{ severity: "error" }]]);
    const unclear = await world.run("plan", ...both, "--cluster-resource-id", id);
    expect([unclear.exitCode, unclear.printed, unclear.said]).toEqual([
      1,
      "",
      expect.stringContaining("names one cluster of several"),
    ]);
  });

  it("nobody could say which cluster files are for: the command ends", async () => {
    const world = await fleetWorld();
    await world.write("app.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n");
    await world.clusters.east.stop();
    const { exitCode, printed, said } = await world.run("plan", "-f", "app.yaml", ...both);
    expect([exitCode, printed, said]).toEqual([1, "", expect.stringContaining("context aks-east")]);
  });
});
