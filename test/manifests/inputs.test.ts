import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { CommandError } from "../../src/core/errors.ts";
import { collectFiles } from "../../src/manifests/collect.ts";
import { objectsOf, shown } from "./fixtures.ts";

const account = (name: string) => `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, namespace: shop}\n`;

async function folder(files: Record<string, string>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "azwi-migrate-"));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return path;
}

test("reads folders to the bottom in the order of their paths, files and standard input in the order given", async () => {
  const cwd = await folder({
    "deploy/b.yml": account("b"),
    "deploy/a/z.JSON": JSON.stringify({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "z", namespace: "shop" },
    }),
    "deploy/a.yaml": account("a"),
    "deploy/notes.txt": account("no-manifest"),
    "deploy/node_modules/x/x.yaml": account("dependency"),
    "deploy/.git/x.yaml": account("git"),
    "deploy/package.json": '{ "name": "x" }',
    "deploy/tsconfig.json": "// not JSON at all\n{ }",
    "single.txt": account("single"),
  });
  const collected = await collectFiles(["single.txt", "-", "./deploy/"], {
    cwd,
    stdin: Readable.from([account("piped")]),
  });
  expect(objectsOf(collected)).toEqual([
    "ServiceAccount shop/single single.txt:1",
    "ServiceAccount shop/piped <stdin>:1",
    "ServiceAccount shop/a ./deploy/a.yaml:1",
    "ServiceAccount shop/z ./deploy/a/z.JSON:1",
    "ServiceAccount shop/b ./deploy/b.yml:1",
  ]);
  expect({ source: collected.source, findings: collected.findings }).toEqual({
    source: {
      id: "files:single.txt,-,./deploy/",
      type: "files",
      path: "single.txt,-,./deploy/",
      files: 7,
      documents: 7,
    },
    findings: [],
  });
});

test("follows links but no circle, and reads a file once by whatever arguments it is reached", async () => {
  const cwd = await folder({ "deploy/a.yaml": account("a"), "shared/b.yaml": account("b") });
  await symlink(cwd, join(cwd, "deploy", "circle"));
  await symlink(join(cwd, "shared"), join(cwd, "deploy", "shared"));
  const collected = await collectFiles(["deploy", "deploy/a.yaml", "shared"], { cwd, stdin: Readable.from([]) });
  expect(objectsOf(collected)).toEqual([
    "ServiceAccount shop/a deploy/a.yaml:1",
    "ServiceAccount shop/b deploy/circle/shared/b.yaml:1",
  ]);
  expect(collected.findings).toEqual([]);
});

test("reports a file that cannot be read and goes on", async () => {
  const cwd = await folder({ "deploy/a.yaml": account("a") });
  await symlink(join(cwd, "nowhere.yaml"), join(cwd, "deploy", "gone.yaml"));
  const collected = await collectFiles(["deploy"], { cwd, stdin: Readable.from([]) });
  expect(objectsOf(collected)).toEqual(["ServiceAccount shop/a deploy/a.yaml:1"]);
  expect(shown(collected.findings)).toEqual(["file-not-readable deploy/gone.yaml:1 no such file or folder"]);
});

test.each([
  ["nowhere.yaml", "Cannot read nowhere.yaml: no such file or folder."],
  ["deploy/a.yaml/b.yaml", "Cannot read deploy/a.yaml/b.yaml: a part of the path is not a folder."],
  ["empty", "No manifest in empty: no .yaml, .yml or .json file in the folder or below it."],
  ["https://example.com/a.yaml", "Cannot read https://example.com/a.yaml: no such file or folder."],
  ["-", "Standard input is empty."],
])("refuses %s with a message that says why and what to do", async (argument, message) => {
  const cwd = await folder({ "deploy/a.yaml": account("a"), "empty/notes.txt": "" });
  const error = await collectFiles(["deploy", argument], { cwd, stdin: Readable.from([]) }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({ message, exitCode: 1, hint: expect.stringMatching(/\.|-f -$/) });
});

test("assumes the namespace that it is given, and leaves the object without one", async () => {
  const text =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: b}\n";
  const collected = await collectFiles(["-"], { stdin: Readable.from([text]), defaultNamespace: "shop" });
  expect(objectsOf(collected)).toEqual(["ServiceAccount shop/a <stdin>:1", "ServiceAccount shop/b <stdin>:5"]);
  expect(shown(collected.findings)).toEqual(["namespace-assumed <stdin>:1 shop"]);
  expect(collected.objects[0]?.object.metadata).toEqual({ name: "a" });
});

test("reads 10 MB in one document", async () => {
  const items = Array.from({ length: 40_000 }, (_, index) => ({
    apiVersion: "v1",
    kind: index === 39_999 ? "ServiceAccount" : "ConfigMap",
    metadata: { name: `object-${index}`, namespace: "shop", annotations: { filler: "x".repeat(160) } },
  }));
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const collected = await collectFiles(["-"], { stdin: Readable.from([text]) });
  expect(text.length).toBeGreaterThan(10_000_000);
  expect(objectsOf(collected)).toEqual(["ServiceAccount shop/object-39999 <stdin>:1"]);
}, 60_000);
