import { indentedLines } from "./indentedLines.ts";

// Controls (C0, DEL, C1), format characters (bidi, zero width, soft hyphen, tags), line and paragraph separators, lone surrogates,
// and what else renders as nothing (Hangul fillers, variation selectors).
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * What the runners of GitHub Actions and Azure DevOps take for a command to them wherever it is printed: `##vso[` and `##[` anywhere in
 * a line, `::name` at its beginning, and wrapped text may begin a line with any word (actions/runner ActionCommand.cs,
 * microsoft/azure-pipelines-agent Command.cs).
 */
const workflowCommand = /#(?=#(?:vso)?\[)|(?<!\S):(?=:[a-z])/gi;

/**
 * For one line on a terminal: whatever would move the cursor, reorder the line or hide in it becomes a visible \u escape, line breaks and
 * tabs too, and so does what begins a workflow command. Applying it twice changes nothing.
 */
export function text(value: string): string {
  return value.replace(workflowCommand, visible).replace(invisible, visible);
}

/** As `text`, for text of several lines: line breaks (also CRLF, as LF) and tabs stay. */
export function textBlock(value: string): string {
  return value
    .replaceAll("\r\n", "\n")
    .replace(workflowCommand, visible)
    .replace(invisible, character => (character === "\n" || character === "\t" ? character : visible(character)));
}

/**
 * One word of a POSIX shell's command that a person copies from a terminal: plain words as they are, all else in single quotes, in
 * which a shell leaves everything alone.
 */
export function shell(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${text(word).replaceAll("'", "'\\''")}'`;
}

/** JSON, indented by two spaces, that is the same value to every parser and harmless on a terminal too. */
export function json(value: unknown): string {
  return [...jsonLines(value)].join("\n");
}

/** What `json` gives, as groups of whole lines: a document of a big cluster has tens of megabytes. */
export function* jsonLines(value: unknown): Generator<string> {
  for (const lines of indentedLines(value)) yield harmless(lines);
}

// Most text has none of what is looked for, which this sees ten times as fast.
const plain = /^[\n -~]*$/;

function harmless(lines: string): string {
  const commandless = lines.replace(workflowCommand, visible);
  if (plain.test(commandless)) return commandless;
  return commandless.replace(invisible, character => (character === "\n" ? character : jsonEscape(character)));
}
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : jsonEscape(character);
}

/** JSON has no escape beyond 16 bits: one for each half of a surrogate pair. */
function jsonEscape(character: string): string {
  let escaped = "";
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
