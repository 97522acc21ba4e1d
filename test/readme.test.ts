import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readKinds } from "../src/core/kinds.ts";
import { collectedKinds } from "../src/kube/collect.ts";
import { readerRole } from "../src/kube/readerRole.ts";
import { resources } from "../src/kube/resources.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the rehearsal that the README shows is what rehearse prints", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["bin/azwi-migrate.js", "rehearse", "--no-color"]);
  const printed = new Set(stdout.split("\n").map(line => line.trimEnd()));
  const shown = /<!-- rehearsal -->\n```text\n(.*?)```/s.exec(readme)?.[1]?.split("\n") ?? [];
  const lines = shown.map(line => line.trimEnd()).filter(line => line !== "" && line !== "...");
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.filter(line => !printed.has(line))).toEqual([]);
});

test("the role of the examples is the one that a user without rights is told to ask for", async () => {
  const file = new URL("../examples/roles/read-only.yaml", import.meta.url);
  const role: unknown = parse(await readFile(file, "utf8"));
  const told: unknown = parse(
    readerRole([...resources.filter(resource => collectedKinds.includes(resource.kind)), ...readKinds]),
  );
  expect(rules(role)).toEqual(rules(told));
});

/** One entry a resource or URL, in any order. */
function rules(role: unknown): string[] {
  const { rules: list } = role as {
    rules: { apiGroups?: string[]; resources?: string[]; nonResourceURLs?: string[]; verbs: string[] }[];
  };
  return list
    .flatMap(({ apiGroups = [], resources: names = [], nonResourceURLs = [], verbs }) =>
      [...names.map(name => `${apiGroups.join()}/${name}`), ...nonResourceURLs].map(name => `${name} ${verbs.join()}`),
    )
    .sort();
}
