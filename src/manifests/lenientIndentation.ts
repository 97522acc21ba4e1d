import type { Document, ParsedNode, YAMLError } from "yaml";

type ParseAll = (text: string) => Document.Parsed<ParsedNode>[];

/** How much of a file may be parsed once more; each attempt takes the length of its text. */
export interface Lenience {
  characters: number;
}

/**
 * goyaml, and so kubectl, does not care how far the lines inside quotes, brackets and braces are indented; the `yaml` package insists on
 * the standard, and such manifests exist. This moves the lines at which the parser stopped to the right, as often as that
 * helps, and gives the text that parses, with the same lines; or undefined.
 */
export function withLenientIndentation(text: string, parseAll: ParseAll, lenience: Lenience): string | undefined {
  let candidate = text;
  let lastMoved = -1;
  while (lenience.characters >= candidate.length) {
    lenience.characters -= candidate.length;
    const error = parseAll(candidate).flatMap(document => document.errors)[0];
    if (!error) return candidate;
    const lines = continuationAt(candidate, error);
    // The parser goes on from top to bottom: where it does not, moving lines does not help.
    if (!lines || lines.start <= lastMoved) return undefined;
    lastMoved = lines.start;
    const moved = candidate.slice(lines.start, lines.end).replaceAll(/(?<=^|\n)(?=[^\n])/g, " ".repeat(80));
    candidate = candidate.slice(0, lines.start) + moved + candidate.slice(lines.end);
  }
  return undefined;
}

/** The lines that should have been indented further, for errors that say so. */
function continuationAt(text: string, error: YAMLError): { start: number; end: number } | undefined {
  const [offset] = error.pos;
  const quote = error.code === "MISSING_CHAR" ? /^Missing closing (["'])quote$/.exec(error.message)?.[1] : undefined;
  if (quote !== undefined) {
    const start = text.indexOf("\n", offset) + 1;
    const closing = start === 0 ? -1 : text.indexOf(quote, start);
    return closing < 0 ? undefined : { start, end: closing };
  }
  if (error.code === "BAD_INDENT" && error.message.startsWith("Flow ")) {
    const end = text.indexOf("\n", offset);
    return { start: text.lastIndexOf("\n", offset - 1) + 1, end: end < 0 ? text.length : end };
  }
  return undefined;
}
