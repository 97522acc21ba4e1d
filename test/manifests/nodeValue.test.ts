import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { kubectlSchema } from "../../src/manifests/kubectlSchema.ts";
import { nodeValue } from "../../src/manifests/nodeValue.ts";

function read(text: string): unknown {
  return nodeValue(parseDocument(text, { schema: kubectlSchema, uniqueKeys: false }).contents);
}

// Right-hand side: what sigs.k8s.io/yaml v1.6.0, YAMLToJSON, gives, as far as it gives anything.
test.each([
  ["the last of two equal keys", "a: 1\na: 2", { a: 2 }],
  ["keys that are no strings", "1: a\n1.5: b\ntrue: c\non: d", { 1: "a", 1.5: "b", true: "d" }],
  [
    "merge keys before and after others",
    "a: &a {x: 1}\nb: {<<: *a, x: 5}\nc: {x: 5, <<: *a}",
    { a: { x: 1 }, b: { x: 5 }, c: { x: 1 } },
  ],
  [
    "several merged maps, of which the first counts",
    "a: &a {x: 1}\nb: {<<: [*a, {x: 2, z: 3}]}",
    { a: { x: 1 }, b: { x: 1, z: 3 } },
  ],
  ["a quoted << as a key", 'a: {"<<": 1}', { a: { "<<": 1 } }],
  ["an anchor that is set twice", "a: &x 1\nb: *x\nc: &x 2\nd: *x", { a: 1, b: 1, c: 2, d: 2 }],
  ["absent values", "a:\nb: [~, ]\nc: {d}", { a: null, b: [null], c: { d: null } }],
])("reads %s as kubectl does", (_what, text, value) => {
  expect(read(text)).toEqual(value);
});

test.each([
  ["? {a: b}\n: c", "a map or a list as a key"],
  ["a: *nowhere", "an alias to an anchor that is not before it"],
  ["a: &a [*a]", "an alias to an anchor that is not before it"],
  ["a: {<<: text}", "<< merges maps only"],
])("refuses %j as kubectl does", (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test("makes __proto__ a key like any other", () => {
  const value = read("__proto__: {polluted: true}\n<<: {a: 1}");
  expect(Object.entries(value ?? {})).toEqual([
    ["__proto__", { polluted: true }],
    ["a", 1],
  ]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});
