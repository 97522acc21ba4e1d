import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { decode } from "../manifests/decode.ts";
import type { Io } from "./io.ts";

/**
 * The text of a file that people or this tool wrote, also in the encodings of PowerShell's `>`.
 *
 * @throws Error as `fileProblem` tells it
 */
export async function readText(file: string, { cwd }: Pick<Io, "cwd">): Promise<string> {
  const text = decode(await readFile(resolve(cwd, file)));
  if (text === undefined) throw new Error("it is not UTF-8 text");
  return text;
}
