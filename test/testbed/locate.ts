import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Binary, envtestBinaries, type Manifest, manifestSources, recipes } from "./binaries.ts";
import { cacheFolder } from "./cacheFolder.ts";

/** Absolute paths of everything that a testbed is started from. */
export interface LocatedTestbed {
  binaries: Record<Binary, string>;
  manifests: Record<Manifest, string>;
}

/** Where a binary is looked for, in order: `KUBEBUILDER_ASSETS` for the three that envtest has, then the cache. */
function candidates(name: Binary, cache: string): string[] {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const cached = join(cache, "bin", name);
  return assets && envtestBinaries.includes(name) ? [join(assets, name), cached] : [cached];
}

/** Where the build puts a manifest. */
export function manifestPath(name: Manifest, cache: string): string {
  return join(cache, "manifests", `${name}.yaml`);
}

/** Finds the built testbed, or says which of its binaries and manifests are missing. Builds nothing. */
export function locateTestbed(): LocatedTestbed | { missing: string[] } {
  const cache = cacheFolder();
  const missing: string[] = [];
  const first = (name: string, paths: string[]) => {
    const found = paths.find(path => existsSync(path));
    if (found === undefined) missing.push(name);
    return [name, found ?? ""] as const;
  };
  const binaries = Object.fromEntries(recipes.map(({ name }) => first(name, candidates(name, cache))));
  const manifests = Object.fromEntries(manifestSources.map(({ name }) => first(name, [manifestPath(name, cache)])));
  if (missing.length > 0) return { missing };
  return { binaries: binaries as Record<Binary, string>, manifests: manifests as Record<Manifest, string> };
}
