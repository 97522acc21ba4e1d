import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal } from "./expectations.ts";
import { run } from "./run.ts";
import { shopObjects, startWorld, temporaryFolder, type World } from "./world.ts";

const exampleShop = fileURLToPath(new URL("../../examples/shop", import.meta.url));
const folder = temporaryFolder();
let world: World;
beforeAll(async () => {
  world = await startWorld(await shopObjects());
});
afterAll(async () => {
  await world.stop();
  folder.remove();
});

const scan = (...args: string[]) => run(["scan", ...args], { cwd: folder.path, env: world.envWithoutAzure });
const write = (name: string, content: unknown) => writeFileSync(join(folder.path, name), JSON.stringify(content));

describe("scan --baseline", () => {
  test("ends with 0 while nobody has started to use pod identity", async () => {
    write("all.json", JSON.parse((await scan("-o", "json")).stdout));
    expect((await scan("--baseline", "all.json")).code).toBe(0);
  });

  test("ends with 3 when somebody has, who was not there or had left, and names them", async () => {
    const before = JSON.parse((await scan("-o", "json")).stdout);
    const [first, second, ...rest] = before.usages.filter((one: { state: string }) => one.state === "legacy");
    write("some.json", { ...before, usages: [{ ...first, state: "migrated" }, ...rest], addedByALaterVersion: true });
    const ended = await scan("--baseline", "some.json", "-o", "json");
    expect(ended.code).toBe(3);
    const started = JSON.parse(ended.stdout).findings.filter(
      (one: { code: string }) => one.code === "usage-since-baseline",
    );
    expect(started.map((one: { subject: { name: string } }) => one.subject.name).sort()).toEqual(
      [first.workload.name, second.workload.name].sort(),
    );
    expect((await scan("--baseline", "some.json")).stdout).toContain(`Deployment ${first.workload.namespace}/`);
  });

  test("knows the users in manifests again, however the folder is named, and a baseline in UTF-16", async () => {
    cpSync(exampleShop, join(folder.path, "shop"), { recursive: true });
    const { stdout } = await scan("-f", "shop", "-o", "json");
    writeFileSync(join(folder.path, "files.json"), Buffer.from(`\ufeff${stdout}`, "utf16le"));
    for (const path of ["./shop", "shop/", join(folder.path, "shop")])
      expect((await scan("-f", path, "--baseline", "files.json")).code).toBe(0);
    rmSync(join(folder.path, "shop", "billing.yaml"));
    write("less.json", JSON.parse((await scan("-f", "shop", "-o", "json")).stdout));
    expect((await scan("-f", exampleShop, "--baseline", "less.json")).code).toBe(3);
  });

  test("is refused for what is no scan", async () => {
    write("plan.json", { apiVersion: "azwi-migrate.dev/v1alpha1", kind: "Plan", usages: [] });
    expectRefusal(await scan("--baseline", "plan.json"), 1, "plan.json", "scan -o json");
    expectRefusal(await scan("--baseline", "nowhere.json"), 1, "nowhere.json", "no such file");
  });
});
