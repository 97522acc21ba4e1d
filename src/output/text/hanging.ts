import stringWidth from "string-width";
import { wrap } from "./layout.ts";

/**
 * One line that begins with a mark, as wide as a terminal shows it: what does not fit goes on below, behind the mark's width. A
 * single line where no terminal shows it (`columns` is undefined), so that logs can be searched line by line.
 */
export function hanging(mark: string, line: string, columns: number | undefined): string {
  if (columns === undefined) return mark + line;
  const indent = " ".repeat(stringWidth(mark));
  const [first = indent, ...rest] = wrap(line, indent, { columns });
  return [mark + first.slice(indent.length), ...rest].join("\n");
}

/** A line that tells of an error or warning, as the terminal shows it; other lines, and those that have their own breaks, as they are. */
export function problem(line: string, columns: number | undefined): string {
  const [mark] = /^(?:error|warning): /.exec(line) ?? [];
  return mark === undefined || line.includes("\n") ? line : hanging(mark, line.slice(mark.length), columns);
}
