import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { isRecord } from "../kubernetes.ts";

/** `sha256:` and the hash of the canonical JSON (RFC 8785) of a value. */
export function contentHash(value: unknown): string {
  const hash = createHash("sha256");
  let pending = "";
  for (const piece of pieces(value, 2)) {
    pending += piece;
    if (pending.length < 65_536) continue;
    hash.update(pending);
    pending = "";
  }
  return `sha256:${hash.update(pending).digest("hex")}`;
}

/** The canonical JSON, from the outer `levels` on item by item: that of a whole document has tens of megabytes. */
function* pieces(value: unknown, levels: number): Generator<string> {
  if (levels > 0 && Array.isArray(value)) {
    yield "[";
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ",";
      yield* pieces(item ?? null, levels - 1);
    }
    yield "]";
  } else if (levels > 0 && isRecord(value)) {
    let before = "{";
    for (const key of Object.keys(value).sort()) {
      if (value[key] === undefined) continue;
      yield `${before}${JSON.stringify(key)}:`;
      yield* pieces(value[key], levels - 1);
      before = ",";
    }
    yield before === "{" ? "{}" : "}";
  } else yield canonicalize(value) ?? "";
}

/** What tells names apart that are cut or made legal: ten hexadecimal digits. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
