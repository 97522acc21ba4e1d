import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { marks } from "../core/ownedObjects.ts";
import { expectRefusal } from "./expectations.ts";
import { run } from "./run.ts";
import { shopObjects, startWorld, type World } from "./world.ts";

const tracking = { "argocd.argoproj.io/tracking-id": "shop:/ServiceAccount:shop/orders" };

/** cart comes from Helm, the account of orders from Argo CD. */
async function ownedShop(): Promise<KubernetesObject[]> {
  return (await shopObjects()).map(object => {
    const { kind, metadata } = object;
    const { labels, annotations } = metadata;
    if (kind === "Deployment" && metadata.name === "cart") {
      const owned = {
        labels: { ...labels, ...marks.helm.labels },
        annotations: { ...annotations, ...marks.helm.annotations },
      };
      return { ...object, metadata: { ...metadata, ...owned } };
    }
    if (kind === "ServiceAccount" && metadata.name === "orders")
      return { ...object, metadata: { ...metadata, annotations: { ...annotations, ...tracking } } };
    return object;
  });
}

let world: World;
beforeAll(async () => {
  world = await startWorld(await ownedShop());
});
afterAll(() => world.stop());

const here = (...args: string[]) => run(args, { cwd: world.folder, env: world.env });
const chosen = ["-n", "shop", "-l", "app in (cart, orders)"];
const changed = () =>
  world.cluster.requests.filter(one => one.method === "PATCH" && !one.path.includes("azwi-migrate"));

describe("what Helm and Argo CD own", () => {
  test("is planned for its source, with the diff, who owns it, and exit code 2", async () => {
    const { code, stdout } = await here("plan", "--detailed-exitcode", ...chosen);
    expect(code).toBe(2);
    expect(stdout).toContain("Deployment shop/cart is to be changed in its source");
    expect(stdout).toContain("ServiceAccount shop/cart is to be added to the manifests");
    expect(stdout).toContain("ServiceAccount shop/orders is to be changed in its source");
    expect(stdout).toMatch(/# It belongs to Helm \(release shop\/cart; annotation meta\.helm\.sh\/release-name=cart\)/);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain("It belongs to Argo CD (Application shop; annotation");
    expect(stdout).toMatch(/\+ +azure\.workload\.identity\/use: "true"/);
    expect(stdout).toContain("3 of these in Git or another source");
  });

  test("is left alone by apply, with what depends on it, and that is no failure", async () => {
    const { code, stdout } = await here("apply", "--yes", "-o", "json", ...chosen);
    const result = JSON.parse(stdout) as RunResult;
    expect(code).toBe(0);
    const outcomes = result.steps.map(({ step, outcome, waitsFor }) => [
      step.split("/").slice(-2).join("/"),
      outcome,
      waitsFor,
    ]);
    expect(outcomes.filter(([name]) => !name?.includes("federated"))).toEqual([
      ["ServiceAccount/cart#prepare", "git", undefined],
      ["ServiceAccount/orders#prepare", "git", undefined],
      ["Deployment/cart#switch", "git", undefined],
      ["Deployment/orders#switch", "stopped", "git"],
    ]);
    expect(result.summary).toMatchObject({ git: 3, waiting: 1, stopped: 0, failed: 0, applied: 2 });
    expect(changed()).toEqual([]);
    const told = await here("apply", "--yes", ...chosen);
    expect(told.stdout).toContain("Left to you");
    expect(told.stdout).toContain("3 left to their sources, 1 waiting for that");
    expect(told.stdout.replaceAll(/\s+/g, " ")).toContain("ServiceAccount shop/orders has to be changed in its source");
  });

  test("is patched from a saved plan only when whoever applies it says --live too", async () => {
    const planned = await here("plan", "--live", "--out", "live.json", ...chosen);
    expect(planned.stdout.replaceAll(/\s+/g, " ")).toContain(
      "is patched in the cluster because that was decided (--live)",
    );
    const plan = JSON.parse(readFileSync(join(world.folder, "live.json"), "utf8")) as Plan;
    expect(plan.steps.filter(step => step.op !== "trust").map(step => step.route)).toEqual([
      "live",
      "live",
      "live",
      "live",
    ]);
    expectRefusal(await here("apply", "live.json", "--yes"), 4, "ServiceAccount shop/orders", "another tool", "--live");
    expect(changed()).toEqual([]);
    await here("plan", "--out", "careful.json", ...chosen);
    expectRefusal(await here("apply", "careful.json", "--yes", "--live"), 1, "--live", "Plan again");
    const { code, stdout } = await here("apply", "live.json", "--yes", "--live");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("4 applied") });
    expect((await here("plan", "--detailed-exitcode", ...chosen)).code).toBe(0);
  });
});
