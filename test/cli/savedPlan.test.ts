import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StepResult } from "../../src/core/documents/runResult.ts";
import { expectRefusal, expectWellBehaved } from "./expectations.ts";
import { run } from "./run.ts";
import { kubeconfig, shopObjects, startWorld, type World } from "./world.ts";

let world: World;
let other: World;
let plan: Record<string, unknown>;
beforeAll(async () => {
  const kubeSystem = { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: "another-cluster" } };
  [world, other] = await Promise.all([startWorld(), startWorld([kubeSystem, ...(await shopObjects())])]);
  await run(["plan", "--out", "plan.json"], { cwd: world.folder, env: world.env });
  plan = JSON.parse(readFileSync(join(world.folder, "plan.json"), "utf8"));
});
afterAll(() => Promise.all([world.stop(), other.stop()]));

const apply = (...args: string[]) => run(["apply", ...args], { cwd: world.folder, env: world.env });

function file(name: string, value: unknown): string {
  writeFileSync(join(world.folder, name), typeof value === "string" ? value : JSON.stringify(value));
  return name;
}

describe("a file that is no plan is bad input", () => {
  test.each<[string, () => unknown, (string | RegExp)[]]>([
    ["no JSON", () => "apiVersion: v1\n", [/bad\.json is not JSON: .*\nMake one with: azwi-migrate plan --out/]],
    ["half a plan", () => JSON.stringify(plan).slice(0, 500), ["bad.json", "JSON"]],
    ["a list", () => [], ["bad.json"]],
    ["an empty object", () => ({}), ["bad.json", "not a plan"]],
    ["another document", () => ({ ...plan, kind: "Scan" }), ["bad.json", '"Scan"']],
    ["another version", () => ({ ...plan, apiVersion: "azwi-migrate.dev/v2" }), ["v2", "v1alpha1", "Plan again"]],
    ["an unknown field", () => ({ ...plan, script: "true" }), ["bad.json", "script", "plan again"]],
    ["an unknown operation", () => withStep({ op: "exec" }), ["bad.json", "steps[0].op", "plan again"]],
    ["an unknown field of a step", () => withStep({ force: true }), ["bad.json", "steps[0]", "force"]],
    ["a step that is missing a field", () => withStep({ target: undefined }), ["bad.json", "steps[0]", "'target'"]],
  ])("%s", async (_, value, says) => {
    expectRefusal(await apply(file("bad.json", value()), "--yes"), 1, ...says);
  });

  test("a file that is not there", async () => {
    expectRefusal(await apply("nowhere.json", "--yes"), 1, "nowhere.json", "azwi-migrate plan --out");
  });

  test("a plan of files alone", async () => {
    const shop = new URL("../../examples/shop", import.meta.url).pathname;
    await run(["plan", "-f", shop, "--out", "files.json"], { cwd: world.folder });
    expectRefusal(await apply("files.json", "--yes"), 1, "files", "--context");
  });
});

function withStep(changed: object): unknown {
  const [first, ...rest] = plan.steps as object[];
  return { ...plan, steps: [{ ...first, ...changed }, ...rest] };
}

describe("a plan that does not fit what is there is refused with exit code 4", () => {
  test("one that was edited", async () => {
    const edited = file("edited.json", { ...plan, steps: (plan.steps as unknown[]).slice(1) });
    expectRefusal(await apply(edited, "--yes"), 4, "edited.json", "contentHash");
  });

  test("one for another cluster", async () => {
    const contexts = file("contexts.json", kubeconfig({ elsewhere: other.cluster.url }));
    const ended = await apply("plan.json", "--yes", "--kubeconfig", contexts, "--context", "elsewhere");
    expectRefusal(ended, 4, world.cluster.kubeSystemUid, "another-cluster", "elsewhere", "--context");
  });
});

describe("apply of a saved plan", () => {
  test("wants an audience that is not the usual one to be said again", async () => {
    const audience = "https://vault.example";
    await run(["plan", "--audience", audience, "--out", "audience.json"], { cwd: world.folder, env: world.env });
    expectRefusal(await apply("audience.json", "--yes"), 4, audience, "--audience, with the same value");
    // Confirmed, it still is not what the cluster's webhook projects.
    const confirmed = await apply("audience.json", "--audience", audience);
    expect(confirmed.code).toBe(3);
    expect(confirmed.stdout).toContain("blocked and untouched");
  });

  test.each([
    ["--client-path", "proxy"],
    ["--namespace", "shop"],
    ["--selector", "app=cart"],
    ["--config", "azwi-migrate.yaml"],
    ["--audience", "api://other"],
  ])("refuses %s, which the plan has decided", async (flag, value) => {
    expectRefusal(await apply("plan.json", "--yes", flag, value), 1, flag, "Plan again");
  });

  test("wants --yes where nobody can answer", async () => {
    expectRefusal(await apply("plan.json"), 1, "terminal", "--yes");
    expectRefusal(await apply(), 1, "terminal", "--yes");
  });

  test("tells of each step that waits for the stage before it, and ends with 1", async () => {
    const ended = await apply("plan.json", "--yes", "--stage", "switch", "-o", "json");
    expectWellBehaved(ended);
    expect(ended.code).toBe(1);
    const { steps }: { steps: StepResult[] } = JSON.parse(ended.stdout);
    const live = steps.filter(({ outcome }) => outcome !== "git" && outcome !== "manual");
    const told = live.map(({ outcome, message }) => `${outcome}: ${message?.replace(/^\S+#/, "")}`);
    expect(new Set(told)).toEqual(new Set(["stopped: prepare has not been done: run stage prepare first"]));
  });

  test("goes by usage: one that has drifted stops its own steps alone, and the end is 4", async () => {
    await run(["plan", "-n", "shop", "--out", "shop.json"], { cwd: world.folder, env: world.env });
    await patch("apis/apps/v1/namespaces/shop/statefulsets/search", {
      spec: { template: { spec: { serviceAccountName: "default", serviceAccount: "default" } } },
    });
    const ended = await apply("shop.json", "--yes", "-o", "json");
    expect(ended.code).toBe(4);
    const result = JSON.parse(ended.stdout);
    expect(result.refused).toEqual([
      { usage: expect.stringMatching(/\/shop\/StatefulSet\/search$/), differences: expect.any(Array) },
    ]);
    expect(result.summary).toMatchObject({ applied: 11, refused: 1, failed: 0 });
  });
});

/** Changes an object as somebody else would. */
async function patch(path: string, body: object): Promise<void> {
  const response = await fetch(`${world.cluster.url}/${path}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/merge-patch+json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}
