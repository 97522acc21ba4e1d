import fc from "fast-check";
import { expect, it } from "vitest";
import { indentedLines } from "../../src/output/indentedLines.ts";

it("writes what JSON.stringify writes, however long the lists are", () => {
  const list = fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 450, size: "max" });
  const document = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(list, fc.jsonValue(), fc.constant(undefined)));
  fc.assert(
    fc.property(fc.oneof(document, fc.jsonValue()), value => {
      expect([...indentedLines(value)].join("\n")).toBe(JSON.stringify(value, null, 2));
    }),
    { numRuns: 50 },
  );
});

it("is null for what has no JSON", () => {
  expect([...indentedLines(undefined)]).toEqual(["null"]);
  expect([...indentedLines({ none: undefined })]).toEqual(["{}"]);
  expect([...indentedLines([undefined])].join("\n")).toBe(JSON.stringify([undefined], null, 2));
});

it("gives a long list in parts", () => {
  expect([...indentedLines({ usages: Array.from({ length: 250 }, (_, index) => index) })].length).toBeGreaterThan(3);
});
