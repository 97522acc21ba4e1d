import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** `sha256:` and the hash of the canonical JSON (RFC 8785) of a value. */
export function contentHash(value: unknown): string {
  return `sha256:${createHash("sha256")
    .update(canonicalize(value) ?? "")
    .digest("hex")}`;
}
