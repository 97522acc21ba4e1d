import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schemas } from "../../src/core/documents/schemas.ts";
import { run } from "./run.ts";
import { kubeconfig, shop, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type Kind = keyof typeof schemas;
// biome-ignore lint/suspicious/noExplicitAny: documents are checked against their schemas here, that is the test.
type Value = any;

async function document(kind: Kind, args: string[]): Promise<Value> {
  const { stdout } = await run([...args, "-o", "json"], { cwd: world.folder, env: world.env });
  const value: Value = JSON.parse(stdout);
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schemas[kind]);
  validate(value);
  expect(validate.errors).toBeNull();
  expect(value.kind).toBe(kind);
  return value;
}

/** Paths of all values that are null or an empty text, or that are no JSON at all. */
function emptyValues(value: Value, path = ""): string[] {
  if (value === null || value === "" || value === undefined) return [path];
  if (typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => emptyValues(item, `${path}/${key}`));
}

function expectSorted(values: readonly Value[], key: (value: Value) => string): void {
  const keys = values.map(key);
  expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  expect(new Set(keys).size).toBe(keys.length);
}

const byName = ({ source, namespace, name }: Value) => [source, namespace, name].join("\n");

describe("every document fits its schema, is sorted, and has no empty values", () => {
  test("a scan of a cluster", async () => {
    const scan = await document("Scan", ["scan"]);
    expect(emptyValues(scan)).toEqual([]);
    expect(scan.summary).toEqual({
      usages: 10,
      legacy: 9,
      both: 0,
      migrated: 0,
      unmatched: 1,
      proven: 0,
      blocked: 0,
    });
    expectSorted(scan.sources, source => source.id);
    expectSorted(scan.usages, usage => usage.id);
    for (const list of [scan.identities, scan.bindings, scan.exceptions]) expectSorted(list, byName);
    expect(scan.observed.pods).toMatchObject({ [scan.usages[0].id]: 1 });
  });

  test("a scan of files, whose places are relative to -f", async () => {
    const scan = await document("Scan", ["scan", "-f", shop]);
    expect(emptyValues(scan)).toEqual([]);
    expect(scan.sources).toEqual([{ id: `files:${shop}`, type: "files", path: shop, files: 4, documents: 28 }]);
    expectSorted(scan.usages, usage => usage.id);
    const cart = scan.usages.find((usage: Value) => usage.workload.name === "cart");
    expect(cart.locations).toEqual([{ file: `${shop}/shop.yaml`, line: 1 }]);
  });

  test("a plan of a cluster, which is the file of --out too", async () => {
    const plan = await document("Plan", ["plan", "--out", "plan.json"]);
    expect(emptyValues(plan)).toEqual([]);
    expectSorted(plan.usages, usage => usage.id);
    expectSorted(plan.mappings, mapping => mapping.usage);
    expectSorted(plan.principals, principal => principal.id);
    const position = new Map<string, number>(plan.steps.map(({ id }: Value, index: number) => [id, index]));
    for (const step of plan.steps)
      for (const id of step.dependsOn) expect(position.get(id)).toBeLessThan(position.get(step.id) ?? -1);
    expect(JSON.parse(readFileSync(join(world.folder, "plan.json"), "utf8"))).toEqual(plan);
  });

  test("a plan of files", async () => {
    const plan = await document("Plan", ["plan", "-f", shop]);
    expect(emptyValues(plan)).toEqual([]);
    expect(new Set(plan.steps.map(({ route }: Value) => route))).toEqual(new Set(["git"]));
  });

  test("a plan of files that is kept is not offered to apply", async () => {
    const { code, stderr } = await run(["plan", "-f", shop, "--out", "files.json"], { cwd: world.folder });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "The plan is in files.json. It is for files alone, which apply leaves to you.\n",
    });
  });

  test("as text, what the API server said to a plan, once each", async () => {
    const { stdout } = await run(["plan", "-n", "billing", "--dry-run=server"], { env: world.env });
    expect(stdout.match(/dry run \(server\): accepted/g)).toHaveLength(4);
    expect(stdout).not.toMatch(/accepted.+dry run/);
  });

  test("a plan with what the API server said to it", async () => {
    const plan = await document("Plan", ["plan", "-n", "billing", "--dry-run=server"]);
    expect(emptyValues(plan)).toEqual([]);
    expect(Object.keys(plan.observed.dryRuns).length).toBeGreaterThan(0);
  });

  test("a verification", async () => {
    const verification = await document("Verification", ["verify", "--dry-run-pods"]);
    expect(emptyValues(verification)).toEqual([]);
    expectSorted(verification.checks, ({ usage, stage, code }) => [usage, stage, code].join("\n"));
    const { passed, failed, notChecked } = verification.summary;
    expect(passed + failed + notChecked).toBe(verification.checks.length);
  });

  test("the result of an apply, first and again", async () => {
    const args = ["apply", "--yes", "-n", "billing"];
    const first = await document("RunResult", args);
    expect(emptyValues(first)).toEqual([]);
    expect(first.summary).toMatchObject({ applied: 6, failed: 0, refused: 0 });
    expect((await document("RunResult", args)).summary).toMatchObject({ applied: 0, failed: 0, refused: 0 });
  });
});

describe("the content hash", () => {
  const hash = async (args: string[], cwd = world.folder): Promise<string> => {
    const { stdout } = await run([...args, "-o", "json"], { cwd, env: world.env });
    return JSON.parse(stdout).contentHash;
  };

  test.each(["scan", "plan"])(
    "of a %s is the same again, under another context name, and with more pods",
    async command => {
      const before = await hash([command]);
      expect(await hash([command])).toBe(before);
      const renamed = join(world.folder, "renamed.json");
      writeFileSync(renamed, kubeconfig({ "another-name": world.cluster.url }));
      expect(await hash([command, "--kubeconfig", renamed])).toBe(before);
      await scale(5);
      expect(await hash([command])).toBe(before);
      await scale(3);
    },
  );

  test("of files does not count lines, comments and the folder that they are in", async () => {
    const texts = ["identities.yaml", "shop.yaml"].map(name => readFileSync(join(shop, name), "utf8"));
    const hashes = await Promise.all(
      ["one", "other"].map(async (name, index) => {
        const folder = join(world.folder, name, "deploy");
        mkdirSync(folder, { recursive: true });
        for (const [number, text] of texts.entries())
          writeFileSync(join(folder, `${number}.yaml`), `${"# a comment\n".repeat(index * 3)}${text}`);
        return Promise.all(["scan", "plan"].map(command => hash([command, "-f", "deploy"], join(world.folder, name))));
      }),
    );
    expect(hashes[1]).toEqual(hashes[0]);
  });

  async function scale(replicas: number): Promise<void> {
    const response = await fetch(`${world.cluster.url}/apis/apps/v1/namespaces/shop/deployments/orders`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { replicas } }),
    });
    expect(response.status).toBe(200);
  }
});
