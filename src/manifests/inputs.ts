import { readFile, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CommandError } from "../core/errors.ts";
import { fileProblem } from "../core/fileProblem.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { type FolderListing, filesIn } from "./folder.ts";

export interface InputOptions {
  /** What `-` reads, usually `process.stdin`. */
  stdin: AsyncIterable<Uint8Array | string>;
  /** Where relative paths start; default the process' own. */
  cwd?: string;
}

/** A text to read; `file` is the name that locations show: the argument as typed, joined with the path below it. */
export interface Input {
  file: string;
  /** Rejects with a `CommandError` where the file was named itself, with the file system's error where its folder was. */
  read(): Promise<Uint8Array>;
}

/** What the arguments of `-f` name, in their order, each file once; findings for parts of folders that cannot be read. */
export async function inputsOf(
  paths: string[],
  options: InputOptions,
): Promise<{ inputs: Input[]; findings: Finding[] }> {
  const inputs: Input[] = [];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const typed of paths) {
    if (typed === "-") {
      if (!seen.has("-")) inputs.push(await standardInput(options.stdin));
      seen.add("-");
      continue;
    }
    const path = resolve(options.cwd ?? process.cwd(), typed);
    const listing = await listArgument(typed, path);
    const prefix = typed.replace(/[\\/]+$/, "");
    for (const { relative, error } of listing.failed) findings.push(notReadable(`${prefix}/${relative}`, error));
    for (const file of listing.files) {
      // The same file by two arguments is one file, not a duplicate object. What has no real path (a pipe of the shell) is read once.
      const real = await realpath(file.path).catch(() => file.path);
      if (seen.has(real)) continue;
      seen.add(real);
      const named = file.relative === "";
      inputs.push({
        file: named ? typed : `${prefix}/${file.relative}`,
        read: () => (named ? readNamed(typed, file.path) : readFile(file.path)),
      });
    }
  }
  return { inputs, findings };
}

/** The finding for a file or folder below an argument that the file system refuses. */
export function notReadable(file: string, error: unknown): Finding {
  return finding("file-not-readable", { at: { file, line: 1 } }, { reason: fileProblem(error) });
}

async function listArgument(typed: string, path: string): Promise<FolderListing> {
  if (typed === "") {
    throw new CommandError("-f is given an empty name: perhaps a variable of the shell that is not set.", {
      hint: "Give a file, a folder (. for this one), or - for standard input.",
    });
  }
  const listing = await attempt(typed, async () =>
    (await stat(path)).isDirectory() ? await filesIn(path) : { files: [{ path, relative: "" }], failed: [] },
  );
  if (listing.files.length > 0 || listing.failed.length > 0) return listing;
  throw new CommandError(`No manifest in ${typed}: no .yaml, .yml or .json file in the folder or below it.`, {
    hint: "Give -f the folder that holds the manifests, or render them first: kustomize build DIR | azwi-migrate scan -f -",
  });
}

function readNamed(typed: string, path: string): Promise<Uint8Array> {
  return attempt(typed, () => readFile(path));
}

async function attempt<T>(typed: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const hint = /^https?:/.test(typed)
      ? "Download it first, or pipe it in with -f -."
      : "Check the path given to -f: a file, a folder, or - for standard input.";
    throw new CommandError(`Cannot read ${typed}: ${fileProblem(error)}.`, { hint, cause: error });
  }
}

async function standardInput(stdin: AsyncIterable<Uint8Array | string>): Promise<Input> {
  const parts: Uint8Array[] = [];
  for await (const part of stdin) parts.push(typeof part === "string" ? new TextEncoder().encode(part) : part);
  const bytes = Buffer.concat(parts);
  if (bytes.length === 0) {
    throw new CommandError("Standard input is empty.", {
      hint: "-f - reads manifests from a pipe: see whether the command before it failed.",
    });
  }
  return { file: "<stdin>", read: async () => bytes };
}
