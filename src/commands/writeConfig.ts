import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Document, type Node, parseDocument, visit } from "yaml";
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
import { defaultDecisions } from "./decide.ts";
import type { Io } from "./io.ts";
import { readText } from "./readText.ts";
import { writeWhole } from "./writeWhole.ts";

const skip = "leave it open";

/**
 * Asks what is open, each question once, until nothing new is. Gives the judgement with the answers; questions that were left
 * open stay blocks.
 */
export async function askWhatIsOpen(judgement: Judgement, io: Io): Promise<Judgement> {
  let current = judgement;
  let open = questionsOf(current);
  if (open.length > 0 && !io.choose)
    io.say(
      `${count(open.length, "question is", "questions are")} open, and nobody can be asked here: the plan has them as blocks.`,
    );
  const asked = new Set<string>();
  const nameOfQuestion = ({ key, finding }: Question) => JSON.stringify([key, finding.code, finding.args]);
  for (;;) {
    const question = open.find(one => !asked.has(nameOfQuestion(one)));
    if (!question || !io.choose) return current;
    asked.add(nameOfQuestion(question));
    const name = text(nameOf(question.workload));
    const told = `${name}: ${explain(question.finding)}`;
    io.say(["", ...wrap(told, "", { columns: io.columns ?? 120 })].join("\n"));
    const answers = question.answers.map(({ text: answer }) => text(answer));
    // First, so that nobody decides by pressing Enter.
    const chosen = await io.choose(`What shall it be for ${name}?`, [skip, ...answers]);
    const answer = question.answers[answers.indexOf(chosen)];
    if (!answer) continue;
    current = judge(current.facts, withDecision(current.decisions, question.key, answer.decision));
    open = questionsOf(current);
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
 * Writes decisions to a config file, but for defaults that it does not name: with it alone, the next run decides the same. What is in the
 * file stays, with its comments and its order, unless it was decided anew.
 *
 * @throws CommandError when the file is there and is no config file, or cannot be written
 */
export async function writeConfigFile(decided: Partial<Decisions>, file: string, io: Pick<Io, "cwd">): Promise<void> {
  const path = resolve(io.cwd, file);
  const written = (await checkTarget(file, io)) === "there" ? await readText(file, io) : newFile();
  const document = parseDocument(written);
  const before: unknown = document.toJS();
  const defaults: Json = { ...defaultDecisions };
  const changed: [keys: string[], value: Json][] = [];
  const decide = (keys: string[], value: Json) => {
    const old = keys.reduce<unknown>(
      (at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined),
      before,
    );
    if (isRecord(value)) for (const [key, inner] of Object.entries(value)) decide([...keys, key], inner as Json);
    else if (!isEqual(old, value)) changed.push([keys, value]);
  };
  for (const [key, value] of Object.entries(decided)) {
    const isDefault = isRecord(before) && !Object.hasOwn(before, key) && isEqual(defaults[key], value as Json);
    if (!isDefault) decide([key], value as Json);
  }
  if (changed.length > 0) replaceAliases(document);
  for (const [keys, value] of changed) document.setIn(keys, value);
  const lines = document.toString({ lineWidth: 0 });
  const refuse = (reason: string, cause: unknown) => {
    throw new CommandError(`The config file cannot be written to ${file}: ${reason}`, { cause });
  };
  // Like other files that are kept in Git.
  await writeWhole(path, written.includes("\r\n") ? lines.replaceAll("\n", "\r\n") : lines, refuse, 0o666);
}

/** What several decisions share may be decided anew for one of them: each gets its own copy. */
function replaceAliases(document: Document): void {
  visit(document, { Alias: (_, alias) => alias.resolve(document)?.clone() as Node | undefined });
  visit(document, {
    Value: (_, node) => {
      delete node.anchor;
    },
  });
}

/** Editors that know the YAML language server complete and check the file by the schema in the package. */
function newFile(): string {
  const schema = `https://unpkg.com/azwi-migrate@${version}/dist/schemas/Config.json`;
  return `# yaml-language-server: $schema=${schema}\napiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\n`;
}
