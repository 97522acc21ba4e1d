import { rename, rm, writeFile } from "node:fs/promises";
import { indentedLines } from "../output/indentedLines.ts";
import { fileProblem } from "./fileProblem.ts";

/** Writes a file, given at once or in pieces, whole or not at all: a reader never sees half of it. `refuse` is told why it could not be written. */
export async function writeWhole(
  path: string,
  text: string | Iterable<string>,
  refuse: (reason: string, cause: unknown) => never,
) {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    refuse(fileProblem(error), error);
  }
}

/** A document as a file has it: JSON for people too, in pieces. */
export function* jsonFile(document: unknown): Generator<string> {
  for (const lines of indentedLines(document)) yield `${lines}\n`;
}
