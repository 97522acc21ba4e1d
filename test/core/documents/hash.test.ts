import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { expect, it } from "vitest";
import { contentHash } from "../../../src/core/documents/hash.ts";

it("is the hash of the canonical JSON of a value, though it is never written as a whole", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.array(fc.option(fc.jsonValue())))),
  );
  fc.assert(
    fc.property(value, some => {
      const canonical = createHash("sha256").update(canonicalize(some) ?? "");
      expect(contentHash(some)).toBe(`sha256:${canonical.digest("hex")}`);
    }),
  );
});

it("is the same for documents of any size", () => {
  const some = { usages: Array.from({ length: 5000 }, (_, id) => ({ id, name: "ä".repeat(50) })) };
  const canonical = createHash("sha256").update(canonicalize(some) ?? "");
  expect(contentHash(some)).toBe(`sha256:${canonical.digest("hex")}`);
});
