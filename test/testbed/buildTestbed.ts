import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ManifestSource, manifestSources, type Recipe, recipes } from "./binaries.ts";
import { withBuildLock } from "./buildLock.ts";
import { cacheFolder, testbedSource } from "./cacheFolder.ts";
import { go, requireGo } from "./go.ts";
import { type LocatedTestbed, locateTestbed, manifestPath } from "./locate.ts";

const kubernetesVersion = "v1.36.3";

/** Stripped; Kubernetes learns its version from the linker only, and clients would see v0.0.0 without. */
function linkerFlags(group: string): string {
  if (group !== "kubernetes") return "-s -w";
  const [major, minor] = kubernetesVersion.slice(1).split(".");
  const variable = "-X k8s.io/component-base/version";
  return `-s -w ${variable}.gitVersion=${kubernetesVersion} ${variable}.gitMajor=${major} ${variable}.gitMinor=${minor}`;
}

/** Runs `produce` on a temporary name beside `path` and moves the result there, so that no half file is ever found. */
async function putInPlace(path: string, produce: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await produce(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function buildBinary(recipe: Recipe, cache: string): Promise<void> {
  const flags = ["-trimpath", "-buildvcs=false", "-ldflags", linkerFlags(recipe.group)];
  await putInPlace(join(cache, "bin", recipe.name), temporary =>
    go(["build", ...flags, "-o", temporary, recipe.package], join(testbedSource, recipe.group)),
  );
}

/** The folder of a module at the version that the group's go.mod names, checked against its go.sum. */
async function moduleFolder(source: ManifestSource): Promise<string> {
  const answer = JSON.parse(
    await go(["mod", "download", "-json", source.module], join(testbedSource, source.group)),
  ) as { Dir: string };
  return answer.Dir;
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

async function buildMissing(cache: string, missing: readonly string[], report: (line: string) => void): Promise<void> {
  await requireGo();
  await mkdir(join(cache, "bin"), { recursive: true });
  await mkdir(join(cache, "manifests"), { recursive: true });
  const wanted = recipes.filter(({ name }) => missing.includes(name));
  const total = wanted.reduce((sum, { coldSeconds }) => sum + coldSeconds, 0);
  const expected = `about ${minutes(total)} on 2 cores with empty Go caches, much less with warm ones`;
  report(`Building ${wanted.map(({ name }) => name).join(", ") || "no binaries"} into ${cache} (${expected})`);
  for (const source of manifestSources.filter(({ name }) => missing.includes(name))) {
    const folder = await moduleFolder(source);
    const texts = await Promise.all(source.paths.map(path => readFile(join(folder, path), "utf8")));
    await putInPlace(manifestPath(source.name, cache), temporary => writeFile(temporary, texts.join("\n---\n")));
  }
  for (const recipe of wanted) {
    report(`  ${recipe.name} ...`);
    const started = performance.now();
    await buildBinary(recipe, cache);
    report(`  ${recipe.name} built in ${minutes((performance.now() - started) / 1000)}`);
  }
}

/**
 * Builds what is missing of the testbed into the cache, from source, through the Go module proxy, and gives the paths.
 * Throws when there is no Go, when it is too old, or when a build fails. Safe to run twice at once.
 */
export async function buildTestbed(report: (line: string) => void): Promise<LocatedTestbed> {
  const before = locateTestbed();
  if (!("missing" in before)) return before;
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true });
  const waiting = (pid: number) => report(`Process ${pid} is building the testbed; waiting for it`);
  return withBuildLock(`${cache}.lock`, waiting, async () => {
    const located = locateTestbed();
    if (!("missing" in located)) return located;
    await buildMissing(cache, located.missing, report);
    const after = locateTestbed();
    if ("missing" in after) throw new Error(`Built the testbed, but ${after.missing.join(", ")} cannot be found`);
    return after;
  });
}
