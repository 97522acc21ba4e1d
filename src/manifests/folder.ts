import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file to read; `relative` has "/" between its parts. */
export interface FolderFile {
  path: string;
  relative: string;
}

export interface FolderListing {
  files: FolderFile[];
  /** What is there, but cannot be listed or followed. */
  failed: { relative: string; error: unknown }[];
}

const skipped: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/**
 * The .yaml, .yml and .json files below a folder, sorted by their path. Symbolic links are followed, and a folder is entered once only,
 * by whatever ways it can be reached, so that links in a circle end. Throws what the file system throws for the folder itself.
 */
export async function filesIn(folder: string): Promise<FolderListing> {
  const listing: FolderListing = { files: [], failed: [] };
  await list(folder, "", listing, new Set());
  listing.files.sort((a, b) => (a.relative < b.relative ? -1 : a.relative > b.relative ? 1 : 0));
  return listing;
}

async function list(folder: string, prefix: string, listing: FolderListing, entered: Set<string>): Promise<void> {
  const real = await realpath(folder);
  if (entered.has(real)) return;
  entered.add(real);
  const entries = await readdir(folder, { withFileTypes: true });
  // Real folders before links to them, so that files keep their own path.
  entries.sort((a, b) => Number(a.isSymbolicLink()) - Number(b.isSymbolicLink()) || (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (skipped.has(entry.name)) continue;
    const path = join(folder, entry.name);
    const relative = prefix + entry.name;
    try {
      const about = entry.isSymbolicLink() ? await stat(path) : entry;
      if (about.isDirectory()) await list(path, `${relative}/`, listing, entered);
      else if (about.isFile() && /\.(?:ya?ml|json)$/i.test(entry.name)) listing.files.push({ path, relative });
    } catch (error) {
      listing.failed.push({ relative, error });
    }
  }
}
