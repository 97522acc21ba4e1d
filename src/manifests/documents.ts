import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { isRecord } from "../core/kubernetes.ts";
import { isReadKind } from "./kinds.ts";
import { kubectlSchema } from "./kubectlSchema.ts";
import { type Lenience, withLenientIndentation } from "./lenientIndentation.ts";
import { nodeValue, ValueError } from "./nodeValue.ts";
import { placeholderThatBreaks, readPlaceholdersAsStrings } from "./placeholders.ts";

/** An object as it stands in a text, nothing about it checked but that it is a map. `line` counts from 1. */
export interface ManifestObject {
  value: Record<string, unknown>;
  line: number;
  /** Placeholders outside of strings: kubectl would not read this document before they are replaced. */
  placeholders: string[];
}

/** A document that is not YAML: as it stands (`reason`), or because nobody has rendered it yet (`placeholder`). */
export type UnreadableDocument = { line: number; text: string } & ({ reason: string } | { placeholder: string });

export interface ManifestText {
  /** Documents with content; a List counts as one. */
  documents: number;
  objects: ManifestObject[];
  unreadable: UnreadableDocument[];
  /** Fields of objects that stand there twice, each with the line of the second one. */
  repeated: { key: string; line: number }[];
}

/** The objects in a YAML or JSON text that this project reads; each document is read by itself, so that a bad one hides no other. */
export function readManifest(text: string): ManifestText {
  const result: ManifestText = { documents: 0, objects: [], unreadable: [], repeated: [] };
  const lenience: Lenience = { characters: 200_000 };
  let line = 1;
  for (const chunk of chunksOf(text)) {
    readChunk(chunk, line, result, lenience);
    line += newlinesIn(chunk);
  }
  return result;
}

/**
 * Where documents begin: kubectl splits at such lines too, before it parses, and takes JSON objects in a row, as jq prints them
 * (apimachinery, util/yaml/decoder.go). Two braces are a template.
 */
const beginnings = /(?:^|\n)---(?=[ \t\r\n]|$)|\n(?=\{(?!\{))(?<=\}[ \t]*\r?\n)/g;

function* chunksOf(text: string): Generator<string> {
  let start = 0;
  for (const match of text.matchAll(beginnings)) {
    const next = match[0].startsWith("\n") ? match.index + 1 : match.index;
    if (next > start) yield text.slice(start, next);
    start = next;
  }
  if (start < text.length) yield text.slice(start);
}

function readChunk(chunk: string, firstLine: number, result: ManifestText, lenience: Lenience): void {
  let text = chunk;
  let lineCounter = new LineCounter();
  const lineAt = (offset: number) => firstLine + Math.max(lineCounter.linePos(offset).line, 1) - 1;
  const unreadable = (message: string, offset: number) => {
    result.documents += 1;
    // What is missing is missed at the end of the text only, which is on the line after the last one.
    const seen = Math.max(Math.min(offset, text.trimEnd().length - 1), 0);
    result.unreadable.push({ ...whyUnreadable(text, reasonOf(message), seen), line: lineAt(seen), text });
  };
  let documents = attempt(() => parse(text, lineCounter));
  if (documents instanceof Error) {
    unreadable(documents.message, 0);
    return;
  }
  const error = documents.flatMap(document => document.errors)[0];
  if (error) {
    if (hasDirectivesOnly(text)) return;
    const lenient = withLenientIndentation(text, candidate => parse(candidate, new LineCounter()), lenience);
    if (lenient === undefined) {
      unreadable(error.message, error.pos[0]);
      return;
    }
    text = lenient;
    lineCounter = new LineCounter();
    documents = parse(text, lineCounter);
  }
  for (const document of documents) {
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === null)) continue;
    const objects = attempt(() => objectsIn(document, text));
    if (objects instanceof Error) {
      unreadable(objects.message, objects instanceof ValueError ? objects.offset : root.range[0]);
      continue;
    }
    result.documents += 1;
    const again = isMap(root) ? repeatedField(root) : undefined;
    if (again) result.repeated.push({ key: again.key, line: lineAt(again.offset) });
    for (const { value, offset, placeholders } of objects) {
      result.objects.push({ value, line: lineAt(offset), placeholders });
    }
  }
}

function parse(text: string, lineCounter: LineCounter): Document.Parsed<ParsedNode>[] {
  return parseAllDocuments(text, {
    schema: kubectlSchema,
    // As in kubectl the last of two equal keys wins; and looking for them is slow.
    uniqueKeys: false,
    // A pretty error quotes the source, which may be a Secret's.
    prettyErrors: false,
    logLevel: "silent",
    lineCounter,
  });
}

/** RangeError: the parser is recursive. */
function attempt<T>(read: () => T): T | RangeError | ValueError {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof ValueError) return error;
    throw error;
  }
}

function objectsIn(document: Document.Parsed, text: string): (Omit<ManifestObject, "line"> & { offset: number })[] {
  const root = document.contents;
  if (!isMap(root) || !mayBeRead(root)) return [];
  const replaced = readPlaceholdersAsStrings(document, text);
  const value = nodeValue(root);
  let next = 0;
  return [...unwrapped(value, root)].map(object => {
    const [start, , end] = isMap(object.node) && object.node.range ? object.node.range : root.range;
    const placeholders: string[] = [];
    // Both objects and placeholders come in the order of the text.
    for (let found = replaced[next]; found && found.offset < end; found = replaced[next]) {
      if (found.offset >= start) placeholders.push(found.text);
      next += 1;
    }
    return { value: object.value, offset: start, placeholders };
  });
}

/** The object itself, or the objects of a List, each with its node. Items of a `PodList` and the like need not repeat their kind. */
function* unwrapped(value: unknown, node: unknown): Generator<{ value: Record<string, unknown>; node: unknown }> {
  if (!isRecord(value)) return;
  const { kind, apiVersion, items } = value;
  if (typeof kind !== "string" || !isListKind(kind)) {
    yield { value, node };
    return;
  }
  if (!Array.isArray(items)) return;
  const nodes: unknown = isMap(node) ? node.get("items", true) : undefined;
  for (const [index, item] of items.entries()) {
    if (kind !== "List" && isRecord(item)) {
      item.kind ??= kind.slice(0, -"List".length);
      item.apiVersion ??= apiVersion;
    }
    yield* unwrapped(item, isSeq(nodes) ? nodes.items[index] : undefined);
  }
}

/** Where two objects were put together without a line between them, the last one counts, and the first is lost. */
function repeatedField(root: YAMLMap.Parsed): { key: string; offset: number } | undefined {
  const seen = new Set<string>();
  for (const { key } of root.items) {
    if (!isScalar(key) || typeof key.value !== "string" || !objectFields.has(key.value)) continue;
    if (seen.has(key.value)) return { key: key.value, offset: key.range[0] };
    seen.add(key.value);
  }
  return undefined;
}

const objectFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "spec"]);

/** False only when the document surely is no object that this project reads: saves turning it into values. */
function mayBeRead(root: YAMLMap.Parsed): boolean {
  let kind: unknown;
  for (const { key, value } of root.items) {
    if (!isScalar(key) || key.value === "<<") return true;
    if (key.value === "kind") kind = isScalar(value) ? value.value : value;
  }
  if (kind === undefined || kind === null) return false;
  return typeof kind !== "string" || isReadKind(kind) || isListKind(kind);
}

function isListKind(kind: string): boolean {
  return kind.endsWith("List");
}

function whyUnreadable(text: string, reason: string, offset: number): { reason: string } | { placeholder: string } {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const placeholder = placeholderThatBreaks(text, text.slice(start, end < 0 ? undefined : end));
  return placeholder === undefined ? { reason } : { placeholder };
}

function reasonOf(message: string): string {
  if (/call stack/.test(message)) return "nested too deeply";
  // "Unexpected scalar token in YAML stream: ..." quotes the file.
  return message.replace(/(YAML stream):.*$/s, "$1").replace(/(["'])quote$/, "$1 quote");
}

function hasDirectivesOnly(text: string): boolean {
  return text.split("\n").every(line => /^(?:%.*|#.*|\s*)$/.test(line.replace(/\r$/, "")));
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
