import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectWellBehaved } from "./expectations.ts";
import { run, start } from "./run.ts";
import { kubeconfig, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe("Ctrl-C", () => {
  test("while clusters are read ends with 130", async () => {
    const end = world.cluster.fail({ request: { path: /./ }, answer: 503, retryAfterSeconds: 30 });
    const started = start(["scan"], { env: world.env });
    await new Promise(resolve => setTimeout(resolve, 0));
    const requests = world.cluster.requests.length;
    await expect.poll(() => world.cluster.requests.length, { timeout: 60_000 }).toBeGreaterThan(requests);
    started.child.kill("SIGINT");
    const ended = await started.ended;
    end();
    expectWellBehaved(ended);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 130, stdout: "" });
    expect(ended.stderr).toContain("Interrupted");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("while manifests are awaited ends with 130, by %s", async signal => {
    writeFileSync(join(world.folder, "azwi-migrate.yaml"), "apiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\n");
    const started = start(["scan", "-f", "-"], { cwd: world.folder, input: "open" });
    await started.saying("Decisions are read from azwi-migrate.yaml");
    started.child.kill(signal);
    const ended = await started.ended;
    rmSync(join(world.folder, "azwi-migrate.yaml"));
    expect(ended).toMatchObject({ code: 130, stdout: "", stderr: expect.stringMatching(/Interrupted\.\n$/) });
  });

  test("while a document is printed that nobody reads ends with 130", async () => {
    const identity = (index: number) => ({
      apiVersion: "aadpodidentity.k8s.io/v1",
      kind: "AzureIdentity",
      metadata: { name: `identity-${index}`, namespace: "shop" },
      spec: { type: 0, clientID: "00000000-0000-0000-0000-000000000001" },
    });
    const input = Array.from({ length: 10_000 }, (_, index) => JSON.stringify(identity(index))).join("\n---\n");
    const started = start(["scan", "-f", "-", "-o", "json"], { input });
    const { stdout } = started.child;
    await once(stdout as Readable, "data");
    stdout?.pause();
    started.child.kill("SIGINT");
    await started.saying("Interrupted.");
    stdout?.resume();
    const ended = await started.ended;
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 130, stderr: "Interrupted.\n" });
    expect(() => JSON.parse(ended.stdout)).toThrow(SyntaxError);
  });

  test("while one of several clusters is read ends with 130, and nothing is said of those that could not be", async () => {
    const end = world.cluster.fail({ request: { path: /./ }, answer: 503, retryAfterSeconds: 30 });
    const path = join(world.folder, "several.json");
    writeFileSync(path, kubeconfig({ slow: world.cluster.url, gone: "http://127.0.0.1:9" }));
    const requests = world.cluster.requests.length;
    const started = start(["scan", "--kubeconfig", path, "--context", "gone", "--context", "slow"]);
    await expect.poll(() => world.cluster.requests.length, { timeout: 60_000 }).toBeGreaterThan(requests);
    started.child.kill("SIGINT");
    const ended = await started.ended;
    end();
    expect(ended).toEqual({ code: 130, stdout: "", stderr: "Interrupted.\n" });
  });

  test("while a rollout is awaited ends with 130, and the same command again completes", async () => {
    const options = { cwd: world.folder, env: world.env };
    await run(["plan", "-n", "billing", "--out", "plan.json"], options);
    const end = world.cluster.fail({ pods: "NeverReady" });
    const started = start(["apply", "plan.json", "--yes", "-o", "json"], options);
    await started.saying("Deployment billing/invoices:");
    started.child.kill("SIGINT");
    const interrupted = await started.ended;
    expectWellBehaved(interrupted);
    expect(interrupted.code).toBe(130);
    expect(interrupted.stderr).toContain("the same command again goes on");
    expect(JSON.parse(interrupted.stdout).summary).toMatchObject({ applied: 4, stopped: 2 });
    end();
    const again = await run(["apply", "plan.json", "--yes", "-o", "json"], options);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout).summary).toMatchObject({ done: 6, stopped: 0, failed: 0 });
    expect((await run(["verify", "-n", "billing"], options)).code).toBe(0);
  });
});

describe("apply without a saved plan", () => {
  test("takes up a rollout that an earlier one left unfinished, and says how it ends", async () => {
    const args = ["apply", "--yes", "-n", "shop", "-l", "app=cart", "--timeout", "2s", "-o", "json"];
    const end = world.cluster.fail({
      pods: "NeverReady",
      workload: { kind: "Deployment", namespace: "shop", name: "cart" },
    });
    const first = await run(args, { env: world.env });
    expect(first.code).toBe(1);
    const again = await run(args, { env: world.env });
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout).steps).toMatchObject([{ outcome: "failed", message: expect.any(String) }]);
    end();
    const healed = await run(args, { env: world.env });
    expect(healed.code).toBe(0);
    expect(JSON.parse(healed.stdout).summary).toMatchObject({ failed: 0, stopped: 0 });
  });
});

describe("a reader that has seen enough", () => {
  test.each([
    ["of a result", ["plan", "--detailed-exitcode"], "stdout", 2],
    ["of a rehearsal", ["rehearse"], "stdout", 0],
    ["of the progress, which does not end the run", ["apply", "--yes", "-n", "shop"], "stderr", 0],
  ] as const)("%s", async (_, args, stream, code) => {
    const started = start(args, { env: world.env });
    started.child[stream]?.once("data", () => started.child[stream]?.destroy());
    const ended = await started.ended;
    expectWellBehaved(ended);
    expect(ended.code).toBe(code);
  });
});
