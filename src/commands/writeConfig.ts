import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import { isEqual } from "../core/changes/change.ts";
import { CommandError } from "../core/errors.ts";
import { nameOf } from "../core/facts.ts";
import { isRecord, type Json } from "../core/kubernetes.ts";
import type { Decisions } from "../core/model.ts";
import { type Question, questionsOf, withDecision } from "../core/questions.ts";
import { type Judgement, judge } from "../core/reports.ts";
import { text } from "../output/escape.ts";
import { explain } from "../output/messages.ts";
import { count, wrap } from "../output/text/layout.ts";
import { version } from "../version.ts";
import { readConfigFile } from "./configFile.ts";
import type { Io } from "./io.ts";
import { writeWhole } from "./writeWhole.ts";

const skip = "leave it open";

/**
 * Asks what is open, each question once, until nothing new is. Gives the judgement with the answers; questions that were left
 * open stay blocks.
 */
export async function askWhatIsOpen(judgement: Judgement, io: Io): Promise<Judgement> {
  let current = judgement;
  const asked = new Set<string>();
  const nameOfQuestion = ({ key, finding }: Question) => JSON.stringify([key, finding.code, finding.args]);
  for (;;) {
    const question = questionsOf(current).find(one => !asked.has(nameOfQuestion(one)));
    if (!question) return current;
    if (!io.choose) {
      const open = questionsOf(current).length;
      io.say(
        `${count(open, "question is", "questions are")} open, and nobody can be asked here: the plan has them as blocks.`,
      );
      return current;
    }
    asked.add(nameOfQuestion(question));
    const told = `${text(nameOf(question.workload))}: ${explain(question.finding)}`;
    io.say(["", ...wrap(told, "", { columns: io.columns ?? 120 })].join("\n"));
    const answers = question.answers.map(({ text: answer }) => text(answer));
    // First, so that nobody decides by pressing Enter.
    const chosen = await io.choose("What shall it be?", [skip, ...answers]);
    const answer = question.answers[answers.indexOf(chosen)];
    if (answer) current = judge(current.facts, withDecision(current.decisions, question.key, answer.decision));
  }
}

/**
 * Looks at the file that decisions are to be written to, before anybody is asked for them.
 *
 * @throws CommandError when it is there and is no config file
 */
export async function checkTarget(file: string, io: Pick<Io, "cwd">): Promise<"there" | "absent"> {
  if (!existsSync(resolve(io.cwd, file))) return "absent";
  await readConfigFile(file, io);
  return "there";
}

/**
 * Writes decisions to a config file: what is in the file stays, with its comments and its order, unless it was decided anew.
 *
 * @throws CommandError when the file is there and is no config file, or cannot be written
 */
export async function writeConfigFile(decided: Partial<Decisions>, file: string, io: Pick<Io, "cwd">): Promise<void> {
  const path = resolve(io.cwd, file);
  const document = parseDocument((await checkTarget(file, io)) === "there" ? await readFile(path, "utf8") : newFile());
  const before: unknown = document.toJS();
  const set = (keys: string[], value: Json) => {
    const old = keys.reduce<unknown>(
      (at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined),
      before,
    );
    if (isRecord(value)) for (const [key, inner] of Object.entries(value)) set([...keys, key], inner as Json);
    else if (!isEqual(old, value)) document.setIn(keys, value);
  };
  for (const [key, value] of Object.entries(decided)) set([key], value as Json);
  await writeWhole(path, document.toString({ lineWidth: 0 }), (reason, cause) => {
    throw new CommandError(`The config file cannot be written to ${file}: ${reason}`, { cause });
  });
}

/** Editors that know the YAML language server complete and check the file by the schema in the package. */
function newFile(): string {
  const schema = `https://unpkg.com/azwi-migrate@${version}/dist/schemas/Config.json`;
  return `# yaml-language-server: $schema=${schema}\napiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\n`;
}
