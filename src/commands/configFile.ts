import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { CommandError } from "../core/errors.ts";
import { fileProblem } from "../core/fileProblem.ts";
import type { Decisions } from "../core/model.ts";
import type { Io } from "./io.ts";
import { checkConfig } from "./schemas.ts";

/**
 * Reads `azwi-migrate.yaml`: the fields of Decisions, under an apiVersion and kind.
 *
 * @throws CommandError that names the file, and the line or the field
 */
export async function readConfigFile(file: string, io: Pick<Io, "cwd">): Promise<Partial<Decisions>> {
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), "utf8");
  } catch (error) {
    const named = `The config file ${file} (--config, AZWI_MIGRATE_CONFIG)`;
    throw new CommandError(`${named} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
  const checked = checkConfig(parse(text, file));
  if ("problems" in checked) {
    throw new CommandError(`The config file ${file} does not fit its schema: ${checked.problems.join("; ")}`, {
      hint: "It has apiVersion: azwi-migrate.dev/v1alpha1, kind: Config, and the values of flags under their names in camelCase.",
    });
  }
  const { apiVersion, kind, ...decisions } = checked.value;
  return decisions;
}

function parse(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    const { line } = lines.linePos(problem.pos[0]);
    if (problem.code === "MULTIPLE_DOCS")
      throw new CommandError(`The config file ${file} has a second document at line ${line}, and it is one alone`);
    throw new CommandError(`The config file ${file} is not YAML: line ${line}: ${problem.message}`);
  }
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new CommandError(`The config file ${file} has aliases that cannot be resolved: ${error.message}`, {
      cause: error,
    });
  }
}
