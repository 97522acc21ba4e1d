import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../src/core/findings/codes.ts";
import type { CollectedFiles } from "../../src/core/ports.ts";
import { collectFiles } from "../../src/manifests/collect.ts";

export const fixtures = fileURLToPath(new URL("../fixtures/manifests", import.meta.url));

/** Reads fixtures by their path below test/fixtures/manifests. */
export function collect(...paths: string[]): Promise<CollectedFiles> {
  return collectFiles(paths, { stdin: Readable.from([]), cwd: fixtures });
}

/** Reads a text as `-f -` does. */
export function collectText(text: string | Uint8Array): Promise<CollectedFiles> {
  return collectFiles(["-"], { stdin: Readable.from([text]) });
}

/** `code file:line Kind namespace/name args` of each finding, for comparing many at once. */
export function shown(findings: Finding[]): string[] {
  return findings.map(({ code, subject, at, args }) => {
    const object = subject ? ` ${subject.kind} ${subject.namespace ?? ""}/${subject.name}` : "";
    return `${code} ${at?.file}:${at?.line}${object} ${Object.values(args).join(" | ")}`;
  });
}

/** `Kind namespace/name file:line` of each object. */
export function objectsOf({ objects }: CollectedFiles): string[] {
  return objects.map(
    ({ ref, location }) => `${ref.kind} ${ref.namespace ?? ""}/${ref.name} ${location?.file}:${location?.line}`,
  );
}
