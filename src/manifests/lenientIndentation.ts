import type { Document, ParsedNode, YAMLError } from "yaml";

type ParseAll = (text: string) => Document.Parsed<ParsedNode>[];

/**
 * goyaml, and so kubectl, does not care how far the lines inside quotes, brackets and braces are indented; the `yaml` package insists on
 * the standard, and such manifests exist. This moves the line at which the parser stopped to the right, as often as
 * that helps, and gives the text that parses, with the same lines; or undefined.
 */
export function withLenientIndentation(text: string, parseAll: ParseAll): string | undefined {
  // Each attempt parses anew: no more of them than a document written by hand can need.
  if (text.length > 100_000) return undefined;
  let candidate = text;
  const moved = new Set<number>();
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const error = parseAll(candidate).flatMap(document => document.errors)[0];
    if (!error) return candidate;
    const start = continuationAt(candidate, error);
    if (start === undefined) return undefined;
    const line = candidate.slice(0, start).split("\n").length;
    if (moved.has(line)) return undefined;
    moved.add(line);
    candidate = `${candidate.slice(0, start)}${" ".repeat(80)}${candidate.slice(start)}`;
  }
  return undefined;
}

/** Where the line starts that should have been indented further, for errors that say so. */
function continuationAt(text: string, error: YAMLError): number | undefined {
  const [offset] = error.pos;
  if (error.code === "MISSING_CHAR" && /^Missing closing ["']quote$/.test(error.message)) {
    const lineEnd = text.indexOf("\n", offset);
    return lineEnd < 0 || lineEnd + 1 >= text.length ? undefined : lineEnd + 1;
  }
  if (error.code === "BAD_INDENT" && error.message.startsWith("Flow ")) return text.lastIndexOf("\n", offset - 1) + 1;
  return undefined;
}
