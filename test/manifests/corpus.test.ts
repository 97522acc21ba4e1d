import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { isRecord, podTemplateOf, podTemplatePaths } from "../../src/core/kubernetes.ts";
import type { CollectedFiles } from "../../src/core/ports.ts";
import { collectFiles } from "../../src/manifests/collect.ts";
import { shown } from "./fixtures.ts";

// Real manifests of public repositories; they are not part of this project and lie beside its checkout where there are any.
const corpus = fileURLToPath(new URL("../../../shared/corpus/pod-identity", import.meta.url));
const isThere = existsSync(corpus);

describe.skipIf(!isThere)(
  `corpus of real manifests${isThere ? "" : " (skipped: ../shared/corpus/pod-identity is not there)"}`,
  () => {
    test("reads every file alone, and finds every labelled workload in it that a plain walk finds", async () => {
      const files = await yamlFiles();
      expect(files.length).toBe(144);
      let labelled = 0;
      for (const file of files) {
        const collected = await collectFiles([file], { cwd: corpus, stdin: Readable.from([]) });
        const expected = labelledIn(await readFile(join(corpus, file), "utf8"));
        const duplicates = collected.findings.filter(finding => finding.code === "duplicate-object");
        expect({ file, duplicates, missed: expected.filter(name => !labelledOf(collected).includes(name)) }).toEqual({
          file,
          duplicates: [],
          missed: [],
        });
        labelled += expected.length;
      }
      expect(labelled).toBeGreaterThan(20);
    });

    test("reads all files at once: each labelled workload is found, or named as a duplicate", async () => {
      const collected = await collectFiles(["."], { cwd: corpus, stdin: Readable.from([]) });
      const known = new Set([
        ...labelledOf(collected).map(name => name.slice(0, name.indexOf("="))),
        ...collected.findings.flatMap(({ code, subject }) =>
          code === "duplicate-object" && subject ? [`${subject.kind} ${subject.name}`] : [],
        ),
      ]);
      for (const file of await yamlFiles()) {
        for (const name of labelledIn(await readFile(join(corpus, file), "utf8"))) {
          expect(known).toContain(name.slice(0, name.indexOf("=")));
        }
      }
      expect(collected.source.files).toBe(144);
      expect(shown(collected.findings.filter(finding => finding.severity === "error"))).toEqual([]);
    });

    test("reports every file whose pod identity objects have placeholders", async () => {
      const { findings } = await collectFiles(["."], { cwd: corpus, stdin: Readable.from([]) });
      const reported = new Set(
        findings.flatMap(({ code, at }) => (code === "template-not-rendered" && at ? [at.file] : [])),
      );
      for (const file of await yamlFiles()) {
        const text = await readFile(join(corpus, file), "utf8");
        const hasPlaceholder = text
          .split(/^---/m)
          .filter(document => /^kind: "?(Azure|Deployment|DaemonSet|Job|CronJob|Pod)/m.test(document))
          .some(document =>
            /^\s*(clientID|resourceID|azureIdentity|aadpodidbinding):.*(<|\$\{|##|\{\{|\[)/im.test(document),
          );
        if (hasPlaceholder) expect(reported).toContain(`./${file}`);
      }
    });
  },
);

async function yamlFiles(): Promise<string[]> {
  const entries = await readdir(corpus, { recursive: true });
  return entries.filter(file => /\.(ya?ml|json)$/.test(file)).sort();
}

function labelledOf({ objects }: CollectedFiles): string[] {
  return objects
    .flatMap(({ ref, object }) => {
      const label = podTemplateOf(object)?.metadata?.labels?.aadpodidbinding;
      return label === undefined ? [] : [`${ref.kind} ${ref.name}=${label}`];
    })
    .sort();
}

/** The plain walk: every document of the text that parses, every map in a workload that looks like a pod's template. */
function labelledIn(text: string): string[] {
  const found: string[] = [];
  for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
    const value: unknown = document.errors.length === 0 ? document.toJS() : undefined;
    if (!isRecord(value) || !isRecord(value.metadata) || typeof value.kind !== "string") continue;
    if (!Object.hasOwn(podTemplatePaths, value.kind)) continue;
    const labels = value.kind === "Pod" ? labelsOf(value) : templateLabels(value.spec);
    if (labels && "aadpodidbinding" in labels) {
      found.push(`${value.kind} ${String(value.metadata.name)}=${String(labels.aadpodidbinding)}`);
    }
  }
  return found.sort();
}

function templateLabels(value: unknown): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  if (isRecord(value.template)) return labelsOf(value.template);
  return Object.values(value)
    .map(templateLabels)
    .find(labels => labels !== undefined);
}

function labelsOf(value: Record<string, unknown>): Record<string, unknown> | undefined {
  return isRecord(value.metadata) && isRecord(value.metadata.labels) ? value.metadata.labels : undefined;
}
