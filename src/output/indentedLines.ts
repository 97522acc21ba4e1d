const itemsAtOnce = 100;

/**
 * What `JSON.stringify(value, null, 2)` gives, as groups of whole lines, so that a document is never in memory as one text. What it
 * gives nothing for is `null`.
 */
export function* indentedLines(value: unknown): Generator<string> {
  // undefined and functions have no JSON: JSON.stringify gives undefined for them, whatever its type says.
  const rendered = (some: unknown): string | undefined => JSON.stringify(some, null, 2);
  const fields = plainFields(value);
  if (fields === undefined || fields.length === 0) {
    yield rendered(value) ?? "null";
    return;
  }
  let lines = "{";
  for (const [index, [key, field]] of fields.entries()) {
    const comma = index < fields.length - 1 ? "," : "";
    if (!Array.isArray(field) || field.length <= itemsAtOnce) {
      lines += `\n${inside(rendered({ [key]: field }))}${comma}`;
      continue;
    }
    yield `${lines}\n  ${JSON.stringify(key)}: [`;
    for (let from = 0; from < field.length; from += itemsAtOnce) {
      const isLast = from + itemsAtOnce >= field.length;
      yield `${inside(inside(rendered([field.slice(from, from + itemsAtOnce)])))}${isLast ? "" : ","}`;
    }
    lines = `  ]${comma}`;
  }
  yield `${lines}\n}`;
}

/** The fields that have JSON, of an object that is rendered as itself. */
function plainFields(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || "toJSON" in value) return undefined;
  return Object.entries(value).filter(([, field]) => isRendered(field));
}

function isRendered(field: unknown): boolean {
  return field !== undefined && typeof field !== "function" && typeof field !== "symbol";
}

/** Without the brackets around it, each of which has a line to itself. */
function inside(lines: string | undefined = ""): string {
  return lines.slice(lines.indexOf("\n") + 1, lines.lastIndexOf("\n"));
}
