import type { ChalkInstance } from "chalk";
import stringWidth from "string-width";

/** How a terminal shows it: colours (a chalk that has none where none are wanted) and its width in columns. */
export interface Style {
  color: ChalkInstance;
  columns: number;
  /** What clusters are called by their source ids, where a document is of several: names in them may be alike. */
  clusters?: ReadonlyMap<string, string>;
}

/**
 * Rows as columns that fit the width: where they do not, the widest columns are cut with an ellipsis, the column that names the row
 * last. Cells are plain and escaped; `paint` colours a cell after it is padded. Trailing blanks are left out.
 */
export function table(
  rows: readonly (readonly string[])[],
  style: Style,
  paint: (cell: string, column: number, row: number) => string = cell => cell,
  naming?: number,
): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
  const room = style.columns - 2 * (widths.length - 1);
  for (let sum = widths.reduce((a, b) => a + b, 0); sum > room; sum--) {
    const others = widths.map((width, column) => (column === naming ? 0 : width));
    const widest = Math.max(...others);
    const column = widest > narrowest || naming === undefined ? others.indexOf(widest) : naming;
    const width = widths[column] ?? 0;
    if (width <= narrowest) break;
    widths[column] = width - 1;
  }
  return rows.map((row, rowIndex) => {
    const cells = row.map((cell, column) => {
      const last = column === row.length - 1;
      const width = widths[column] ?? 0;
      const shown = cut(cell, width);
      const padding = last ? "" : " ".repeat(Math.max(0, width - stringWidth(shown)));
      return shown === "" ? padding : paint(shown, column, rowIndex) + padding;
    });
    return cells.join("  ").trimEnd();
  });
}

/** Of what is left of a column that is cut, in columns of a terminal. */
const narrowest = 9;

/** The text, or as much of it as fits with an ellipsis. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 2) return "";
  let shown = "";
  for (const character of text) {
    if (stringWidth(shown + character) > width - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

/**
 * Paragraph lines no wider than the terminal, each after the indentation. Words longer than a line stay whole, and so do commands
 * in backticks: broken into two lines, what is copied would be two commands.
 */
export function wrap(text: string, indent: string, style: Pick<Style, "columns">): string[] {
  const width = Math.max(40, Math.min(style.columns, 120)) - stringWidth(indent);
  const lines: string[] = [];
  let line = "";
  const words = text.replace(/`az [^`]*`/g, command => command.replaceAll(" ", unbroken)).split(" ");
  for (const word of words.map(one => one.replaceAll(unbroken, " "))) {
    if (line !== "" && stringWidth(line) + 1 + stringWidth(word) > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}

/** In no text: what comes from outside is escaped. */
const unbroken = "\0";

/** `1 workload`, `2 workloads`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
