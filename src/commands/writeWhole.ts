import { chmod, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { fileProblem } from "../core/fileProblem.ts";
import { indentedLines } from "../output/indentedLines.ts";

/**
 * Writes a file, given at once or in pieces, whole or not at all: a reader never sees half of it. A link stays one, and what it leads to
 * is written; a pipe or device gets the text as it is. A file that is there keeps its mode; a new one has `mode`, by default for its
 * owner alone. `refuse` is told why it could not be written.
 */
export async function writeWhole(
  path: string,
  text: string | Iterable<string>,
  refuse: (reason: string, cause: unknown) => never,
  mode = 0o600,
) {
  let temporary: string | undefined;
  try {
    const place = await placeOf(path);
    if (place === "stream") return await writeFile(path, text);
    temporary = `${place.file}.${process.pid}.tmp`;
    await writeFile(temporary, text, { mode: place.mode ?? mode });
    // What the process's umask has taken from a mode that was there.
    if (place.mode !== undefined) await chmod(temporary, place.mode);
    await rename(temporary, place.file);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    refuse(fileProblem(error), error);
  }
}

async function placeOf(path: string): Promise<{ file: string; mode?: number } | "stream"> {
  try {
    const there = await stat(path);
    if (!there.isFile() && !there.isDirectory()) return "stream";
    return { file: await realpath(path), mode: there.mode & 0o777 };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { file: path };
    throw error;
  }
}

/** A document as a file has it: JSON for people too, in pieces. */
export function* jsonFile(document: unknown): Generator<string> {
  for (const lines of indentedLines(document)) yield `${lines}\n`;
}
