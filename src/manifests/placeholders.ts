import { type Document, isMap, isScalar, Scalar, visit } from "yaml";

/** A piece of a manifest that some other program was to replace before kubectl reads it. */
export interface Placeholder {
  text: string;
  /** Where it starts in the text of its document. */
  offset: number;
}

// Helm and Jinja, shell and GitHub, Azure DevOps, Octopus and replacetokens, hand-written "<your id>" and "[your id]", {token}, @@x@@, %x%.
// Lengths are bounded, or a long text of opening braces alone would take for ever.
const inString =
  /\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|\$\{[^}]{0,500}\}{1,2}|\$\([^)]{0,500}\)|\$[A-Za-z_]\w*|##[^#\s]+##|#\{[^}]{0,500}\}#?|<[^<>]+>|\[[A-Za-z][\w -]*\]|\{[\w.-]+\}|@@[\w.-]+@@|%[A-Za-z][\w.-]*%|(?<![^/\s])__[A-Za-z][\w.-]*__(?!\w)/gs;

// Tokens that YAML takes for a comment, so that the field is null: `clientID: ##CLIENT_ID##`, `name: #{name}#`.
const inComment = /^[ \t]*(##[^\s#]+##|#\{[^\s}]+\}#?|#[A-Za-z_][\w.-]*#)(?=\s|$)/;

// Tokens that YAML takes for a map: `clientID: {clientid}`, `name: {{ .Values.name }}`.
const inMap = /^(?:\{\{.*\}\}|\{[\w.-]+\})$/s;

const suspicious = /\{\{|\{[\w.-]+\}|:[ \t]+#[#{\w]/;

/** All placeholders in a string value. */
export function placeholdersIn(value: string): string[] {
  return value.match(inString) ?? [];
}

export function placeholderKind(text: string): "helm" | "placeholder" {
  return text.startsWith("{{") || text.startsWith("{%") ? "helm" : "placeholder";
}

/**
 * Replaces what YAML reads as maps and comments, but is a placeholder, by strings with the placeholder's text: the other fields of the
 * document can then be read, and two fields with the same placeholder still match. Gives what it replaced.
 */
export function readPlaceholdersAsStrings(document: Document.Parsed, text: string): Placeholder[] {
  const found: Placeholder[] = [];
  if (!suspicious.test(text)) return found;
  function replacement(placeholder: string, offset: number): Scalar {
    found.push({ text: placeholder, offset });
    const scalar = new Scalar(placeholder);
    scalar.range = [offset, offset + placeholder.length, offset + placeholder.length];
    return scalar;
  }
  visit(document, {
    Node(_key, node) {
      if (!node.range) return undefined;
      const [start, end] = node.range;
      if (isMap(node) && node.flow === true) {
        const source = text.slice(start, end);
        return inMap.test(source) ? replacement(source, start) : undefined;
      }
      if (isScalar(node) && node.value === null) {
        const lineEnd = text.indexOf("\n", start);
        const token = inComment.exec(text.slice(start, lineEnd < 0 ? undefined : lineEnd))?.[1];
        return token === undefined ? undefined : replacement(token, start);
      }
      return undefined;
    },
  });
  return found;
}

/**
 * Why a text that is not YAML may not be YAML: the first template action that is not inside quotes, else a placeholder on the
 * line where the parser stopped.
 */
export function placeholderThatBreaks(text: string, errorLine: string): string | undefined {
  for (const match of text.matchAll(/\{\{.{0,500}?\}\}|\{%.{0,500}?%\}|<%.{0,500}?%>/gs)) {
    if (isOutsideQuotes(text.slice(Math.max(0, match.index - longestLine), match.index))) return match[0];
  }
  // Brackets are no sign of one by themselves, but text right after them is.
  const bracketed = /:[ \t]+(\[[A-Za-z][\w -]*\])[^\s,\]}]/.exec(errorLine)?.[1];
  return bracketed ?? placeholdersIn(errorLine).find(placeholder => !placeholder.startsWith("["));
}

const longestLine = 1000;

function isOutsideQuotes(before: string): boolean {
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return line.length < longestLine && line.split('"').length % 2 === 1 && line.split("'").length % 2 === 1;
}
