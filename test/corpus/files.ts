import { existsSync, readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { collectFiles } from "../../src/manifests/collect.ts";

/** Real manifests of public repositories; they are no part of the project and lie beside its checkout where there are any. */
export const corpus = fileURLToPath(new URL("../../../shared/corpus/pod-identity", import.meta.url));

export const isCorpusThere = existsSync(corpus);

/** Its files, sorted, relative to it. */
export function corpusFiles(): string[] {
  const files = readdirSync(corpus, { recursive: true, encoding: "utf8" });
  return files.filter(file => /\.(ya?ml|json)$/.test(file)).sort();
}

export function collectCorpusFile(file: string) {
  return collectFiles([file], { cwd: corpus, stdin: Readable.from([]) });
}
