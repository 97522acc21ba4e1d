import { describe, expect, it } from "vitest";
import { fleetWorld, issuerOf } from "./fleetWorld.ts";

const usage = "uid-of-west/shop/Deployment/app-0";
const code = "webhook-not-installed";
const west = ["--context", "aks-west", "-q"];
const apply = ["apply", "--yes", "-o", "json", ...west];
const subject = `${issuerOf("west")} system:serviceaccount:shop:app-0`;

describe("a cluster without the webhook", () => {
  it("is prepared, with proof, and switched by the next plan once the webhook is there", async () => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    const planned = await world.run("plan", "--detailed-exitcode", "-o", "json", "--out", "west.json", ...west);
    expect({ exitCode: planned.exitCode, mappings: planned.document.mappings }).toMatchObject({
      exitCode: 3,
      mappings: [{ usage, blockedBy: [], switchBlockedBy: [code] }],
    });
    expect(planned.document.summary).toMatchObject({ trust: 1, patch: 1, restarts: 0, blocked: 1, prepareOnly: 1 });

    const prepared = await world.run(...apply, "--stage", "prepare");
    expect({ exitCode: prepared.exitCode, ...prepared.document }).toMatchObject({
      exitCode: 3,
      prepareOnly: [{ usage, switchBlockedBy: [code] }],
      proofs: [{ code: "token-exchanged", result: "passed" }],
      refused: [],
      summary: { applied: 2, failed: 0, stopped: 0, blocked: 1 },
    });
    expect(world.subjects()).toEqual([subject]);
    expect(world.clusterWrites("west")).toEqual(["PATCH serviceaccounts/app-0"]);

    const again = await world.run(...apply);
    expect([again.exitCode, again.document.summary.applied]).toEqual([3, 0]);
    expect(world.clusterWrites("west")).toEqual(["PATCH serviceaccounts/app-0"]);

    await world.installWebhook("west");
    const saved = await world.run("apply", "west.json", "--yes", ...west);
    expect([saved.exitCode, saved.printed]).toEqual([
      3,
      [
        "Apply: 2 done already.",
        `Prepare only: Deployment shop/app-0 (${code}).`,
        "Their pods are not switched. Once nothing blocks that any more, plan and apply again.",
      ].join("\n"),
    ]);
    expect(world.clusterWrites("west")).not.toContain("PATCH deployments/app-0");
    expect((await world.run(...apply)).exitCode).toBe(0);
    expect(world.clusterWrites("west")).toContain("PATCH deployments/app-0");
  });

  it("is told why nothing restarts, and by which command it would", async () => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    const { printed } = await world.run("plan", "--context", "aks-west");
    expect(printed).toContain("Prepare only: no pod is switched before this is put right");
    expect(printed.replace(/\s+/g, " ")).toContain("az aks update");
    expect(printed).not.toMatch(/blocked|Stage switch|restarts;/);
    expect(printed).toMatch(/\nPrepare only: Deployment shop\/app-0 \(webhook-not-installed\)\.$/);
  });

  it("is a part of a fleet: its credentials are counted and written, the other clusters are switched", async () => {
    const world = await fleetWorld({ withoutWebhook: ["west"] });
    for (const [context, name] of world.contexts)
      await world.run("plan", "--context", context, "--out", `${name}.json`, "-q");
    const merged = await world.run("merge", "west.json", "east.json", "--out", "fleet.json", "-q");
    expect(merged.exitCode).toBe(3);
    expect(merged.printed).toContain("1 workload is blocked, 1 of these from stage switch alone.");
    const applied = await world.run("apply", "fleet.json", "--yes", "-q", "-o", "json");
    expect(applied.exitCode).toBe(3);
    expect(world.subjects()).toEqual([subject.replaceAll("west", "east"), subject]);
    expect([...world.clusterWrites("east"), "|", ...world.clusterWrites("west")]).toEqual([
      "PATCH serviceaccounts/app-0",
      "PATCH deployments/app-0",
      "|",
      "PATCH serviceaccounts/app-0",
    ]);
  });
});
