import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { CommandError } from "../core/errors.ts";
import { fileProblem } from "../core/fileProblem.ts";
import type { Decisions } from "../core/model.ts";
import type { Io } from "./io.ts";
import { readText } from "./readText.ts";
import { checkConfig, listed } from "./schemas.ts";

/**
 * Reads `azwi-migrate.yaml`: the fields of Decisions, under an apiVersion and kind.
 *
 * @throws CommandError that names the file, the line and the field
 */
export async function readConfigFile(file: string, io: Pick<Io, "cwd">): Promise<Partial<Decisions>> {
  let text: string;
  try {
    text = await readText(file, io);
  } catch (error) {
    const named = `The config file ${file} (--config, AZWI_MIGRATE_CONFIG)`;
    throw new CommandError(`${named} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
  const { document, value, lines } = parse(text, file);
  const checked = checkConfig(value);
  if ("problems" in checked) {
    const problems = checked.problems.map(({ keys, text }) => ({
      keys,
      text: `line ${lines.linePos(offsetOf(keys, document)).line}: ${text}`,
    }));
    throw new CommandError(`The config file ${file} does not fit its schema: ${listed(problems)}`, {
      hint: "It has apiVersion: azwi-migrate.dev/v1alpha1, kind: Config, and the values of flags under their names in camelCase.",
    });
  }
  const { apiVersion, kind, ...decisions } = checked.value;
  return decisions;
}

function parse(text: string, file: string): { document: Document.Parsed; value: unknown; lines: LineCounter } {
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
    return { document, value: document.toJS(), lines };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new CommandError(`The config file ${file} has aliases that cannot be resolved: ${error.message}`, {
      cause: error,
    });
  }
}

/** Where a value begins in the text: at its key, or at what is nearest around it (a field that is missing, what an alias stands for). */
function offsetOf(keys: readonly string[], document: Document.Parsed): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of keys) {
    const pair = isMap(node) ? node.items.find(one => isScalar(one.key) && String(one.key.value) === key) : undefined;
    const item = isSeq(node) ? node.items[Number(key)] : undefined;
    const place = pair?.key ?? item;
    if (!isNode(place) || !place.range) break;
    offset = place.range[0];
    node = pair?.value ?? item;
  }
  return offset;
}
