import type { Explanation } from "../explanation.ts";
import { type Style, table, wrap } from "./layout.ts";

/** One code in full. */
export function explanationLines(
  { code, severity, title, what, why, todo, source }: Explanation,
  style: Style,
): string[] {
  const { bold, dim } = style.color;
  const part = (heading: string, text: string) => ["", bold(heading), ...wrap(text, "  ", style)];
  return [
    `${bold(title)} ${dim(`(${code}, ${severity})`)}`,
    ...part("What", what),
    ...part("Why it matters", why),
    ...part("What to do", todo),
    ...part("Source", source),
  ];
}

/** All codes, one a line. */
export function codeLines(all: readonly Explanation[], style: Style): string[] {
  const paint = { error: style.color.red, warning: style.color.yellow, info: style.color.dim } as const;
  const rows = all.map(({ code, severity, title }) => [code, severity, title]);
  return table([["CODE", "SEVERITY", "TITLE"], ...rows], style, (cell, column, row) => {
    const severity = all[row - 1]?.severity;
    if (severity === undefined) return style.color.bold(cell);
    return column === 1 ? paint[severity](cell) : cell;
  });
}
