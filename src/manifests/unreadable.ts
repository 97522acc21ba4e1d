import { type Finding, finding } from "../core/findings/codes.ts";
import type { FileLocation, ObjectRef, SourceId } from "../core/model.ts";
import type { UnreadableDocument } from "./documents.ts";
import { isNamespaced, isReadKind } from "./kinds.ts";
import { templateNotRendered } from "./readObject.ts";

/**
 * The findings for the documents of one file that are not YAML. A chart has templates of all kinds: named are those that may hold an
 * object of interest, or the first one when there are no others, so that no file passes for read that was not.
 */
export function unreadableFindings(
  documents: UnreadableDocument[],
  about: { source: SourceId; file: string; defaultNamespace: string },
): Finding[] {
  const templates = documents.filter(document => "placeholder" in document);
  const ofInterest = templates.filter(document => mayBeOfInterest(document.text));
  const named = new Set<UnreadableDocument>(ofInterest.length > 0 ? ofInterest : templates.slice(0, 1));
  return documents.flatMap(document => {
    const at: FileLocation = { file: about.file, line: document.line };
    if ("reason" in document) return [finding("yaml-invalid", { at }, { reason: document.reason })];
    if (!named.has(document)) return [];
    const subject = subjectIn(document.text, about);
    return [templateNotRendered({ ...(subject && { subject }), at }, [document.placeholder])];
  });
}

function mayBeOfInterest(text: string): boolean {
  const kinds = [...text.matchAll(/^[ \t-]*kind:[ \t]*["']?([^\s"']+)/gm)].map(match => match[1] ?? "");
  return kinds.some(kind => isReadKind(kind) || !/^[A-Za-z]+$/.test(kind));
}

/** The object that a template would become, where its kind and name stand in it in full. */
function subjectIn(text: string, about: { source: SourceId; defaultNamespace: string }): ObjectRef | undefined {
  const field = (expression: RegExp) => expression.exec(text)?.[1];
  const apiVersion = field(/^apiVersion:[ \t]*["']?([a-z0-9./]+)["']?[ \t]*\r?$/m);
  const kind = field(/^kind:[ \t]*["']?([A-Za-z]+)["']?[ \t]*\r?$/m);
  const metadata = field(/^metadata:[ \t]*\r?\n((?:[ \t]+[^\n]*(?:\n|$))*)/m) ?? "";
  const indent = /^[ \t]+/.exec(metadata)?.[0] ?? "";
  const line = (key: string) => metadata.split("\n").find(candidate => candidate.startsWith(`${indent}${key}:`));
  const plain = (key: string) => /:[ \t]*["']?([a-z0-9][a-z0-9.-]*)["']?[ \t]*\r?$/.exec(line(key) ?? "")?.[1];
  const name = plain("name");
  const namespace = line("namespace") === undefined ? about.defaultNamespace : plain("namespace");
  if (!apiVersion || !kind || !name || !isReadKind(kind)) return undefined;
  return {
    source: about.source,
    apiVersion,
    kind,
    // A templated namespace stays open.
    ...(isNamespaced({ apiVersion, kind }) && namespace !== undefined && { namespace }),
    name,
  };
}
