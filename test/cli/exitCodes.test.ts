import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { run } from "./run.ts";
import { shopObjects, startWorld, type World } from "./world.ts";

let blocked: World;
let free: World;
beforeAll(async () => {
  const objects = await shopObjects();
  const isStorefront = ({ kind, metadata }: KubernetesObject) =>
    kind === "Deployment" && metadata.name === "storefront";
  const paused = objects.map(one => (isStorefront(one) ? { ...one, spec: { ...one.spec, paused: true } } : one));
  // Without what is for people.
  const without = (object: KubernetesObject) => !["storefront", "debug-shell"].includes(object.metadata.name);
  [blocked, free] = await Promise.all([startWorld(paused), startWorld(objects.filter(without))]);
});
afterAll(() => Promise.all([blocked.stop(), free.stop()]));

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const codeOf = async ({ env }: World, ...args: string[]) => (await run(args, { env })).code;

describe("the exit code, the first of the contract that holds", () => {
  test("0 for a plain plan and a scan, whatever they show", async () => {
    expect(await codeOf(blocked, "plan")).toBe(0);
    expect(await codeOf(blocked, "scan")).toBe(0);
  });

  test("3 for a blocked workload, though changes are pending too", async () => {
    expect(await codeOf(blocked, "plan", "--detailed-exitcode")).toBe(3);
  });

  test("2 for pending changes, in text and in JSON", async () => {
    expect(await codeOf(free, "plan", "--detailed-exitcode")).toBe(2);
    expect(await codeOf(free, "plan", "--detailed-exitcode", "-o", "json")).toBe(2);
    expect(await codeOf(blocked, "plan", "--detailed-exitcode", "-n", "billing")).toBe(2);
  });

  test("0 where no usage is chosen", async () => {
    expect(await codeOf(free, "plan", "--detailed-exitcode", "-n", "kube-system")).toBe(0);
    expect(await codeOf(free, "plan", "--detailed-exitcode", "-l", "app=nobody")).toBe(0);
  });

  test("1 for input that could not be read, though a workload is blocked too", async () => {
    ends.push(blocked.cluster.deny({ verb: "list", resource: "cronjobs" }));
    expect(await codeOf(blocked, "plan", "--detailed-exitcode")).toBe(1);
    expect(await codeOf(blocked, "plan")).toBe(1);
    expect(await codeOf(blocked, "scan")).toBe(1);
  });

  test("3 for checks that fail before anything was applied", async () => {
    expect(await codeOf(free, "verify")).toBe(3);
  });

  test("1 for a rollout that does not end in time", async () => {
    ends.push(blocked.cluster.fail({ pods: "NeverReady" }));
    expect(await codeOf(blocked, "apply", "--yes", "-n", "billing", "--timeout", "2s")).toBe(1);
  });

  test("3 for an apply that leaves a blocked workload alone", async () => {
    expect(await codeOf(blocked, "apply", "--yes", "-n", "shop")).toBe(3);
  });

  test("0 once all is done, again and again", async () => {
    expect(await codeOf(free, "apply", "--yes")).toBe(0);
    expect(await codeOf(free, "apply", "--yes")).toBe(0);
    expect(await codeOf(free, "plan", "--detailed-exitcode")).toBe(0);
    expect(await codeOf(free, "verify")).toBe(0);
  });

  test("4 for workloads whose bindings could not be read: nothing to do, and nothing wrong, is not said of them", async () => {
    const path = /^\/apis\/aadpodidentity\.k8s\.io\/v1\/(namespaces\/default\/)?azureidentit/;
    ends.push(blocked.cluster.fail({ request: { path }, answer: 403, reason: "Forbidden" }));
    const chosen = ["-n", "shop", "-l", "app=legacy-import"];
    // What verify could not check is told, and is no failed check.
    for (const [command, expected] of [
      [["plan", "--detailed-exitcode"], 4],
      [["verify"], 0],
    ] as const) {
      const { code, stdout } = await run([...command, ...chosen], { env: blocked.env });
      expect({ code, stdout }).toEqual({ code: expected, stdout: expect.stringContaining("bindings-not-checked") });
      expect(stdout).not.toContain("Nothing to do");
    }
  });

  test("0 for manual steps alone", async () => {
    expect(await codeOf(blocked, "plan", "--detailed-exitcode", "-n", "shop", "-l", "!app")).toBe(0);
  });
});
