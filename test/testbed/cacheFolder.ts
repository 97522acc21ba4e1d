import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds the Go module groups and this file. */
export const testbedSource = fileURLToPath(new URL(".", import.meta.url));

/** Every file that decides what the binaries are: module files, checksums, and the project's own Go sources; sorted. */
function goFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(path => path.endsWith(".go") || path.endsWith("go.mod") || path.endsWith("go.sum"))
    .map(path => join(folder, path))
    .sort();
}

/**
 * The folder outside the checkout where built binaries are kept, one per state of the Go files, so that a fresh clone on
 * the same machine does not build again.
 */
export function cacheFolder(): string {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  for (const file of goFiles(testbedSource)) {
    hash
      .update(`${relative(testbedSource, file)}\n`)
      .update(readFileSync(file))
      .update("\n");
  }
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "azwi-migrate", "testbed", hash.digest("hex").slice(0, 16));
}
