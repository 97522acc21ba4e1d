import type { ChalkInstance } from "chalk";
import { structuredPatch } from "diff";
import { stringify } from "yaml";
import type { Json } from "../core/kubernetes.ts";
import { text } from "./escape.ts";

/**
 * A unified diff, 3 lines of context, of the parts of an object that a change touches, as YAML with keys in their given order; undefined is
 * no object. Empty where nothing changes. Never give it whole objects: all of `before` and `after` may be shown.
 */
export function changesDiff(
  title: string,
  before: Json | undefined,
  after: Json | undefined,
  style: ChalkInstance,
): string[] {
  const { hunks } = structuredPatch("", "", yamlOf(before), yamlOf(after), undefined, undefined, { context: 3 });
  if (hunks.length === 0) return [];
  const lines = [style.bold(text(title))];
  for (const { oldStart, oldLines, newStart, newLines, lines: changed } of hunks) {
    // The parts are small and line numbers of the whole object are not known: ranges only tell several hunks apart.
    if (hunks.length > 1) lines.push(style.cyan(`@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`));
    for (const line of changed) lines.push(colourOf(line, style)(text(line)));
  }
  return lines;
}

function yamlOf(value: Json | undefined): string {
  // Without folding, so that one long value is one line of the diff; quoted where YAML 1.1, which kubectl reads, needs it.
  return value === undefined
    ? ""
    : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}

/** As diff -u has it: no count for one line, and the line before where there is none. */
function range(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

function colourOf(line: string, style: ChalkInstance): (line: string) => string {
  if (line.startsWith("+")) return style.green;
  return line.startsWith("-") ? style.red : shown => shown;
}
