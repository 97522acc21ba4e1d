import { expect, test } from "vitest";
import { parse } from "yaml";
import { kubectlSchema } from "../../src/manifests/kubectlSchema.ts";

// Right-hand side: what sigs.k8s.io/yaml v1.6.0, YAMLToJSON, gives.
test.each([
  ["on", true],
  ["yes", true],
  ["y", true],
  ["No", false],
  ["off", false],
  ["oFF", "oFF"],
  ["TRUE", true],
  ["tRue", "tRue"],
  ["~", null],
  ["Null", null],
  ["nULL", "nULL"],
  ["017", 15],
  ["08", 8],
  ["0x1F", 31],
  ["0b11", 3],
  ["1_000", 1000],
  ["1e3", 1000],
  ["1.", 1],
  [".5", 0.5],
  [".", "."],
  ["12:30:45", "12:30:45"],
  ["2001-01-01", "2001-01-01"],
  ["2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"],
  ["=", "="],
  ["!!str on", "on"],
])("reads the scalar %s as kubectl does", (scalar, value) => {
  expect(parse(`v: ${scalar}`, { schema: kubectlSchema })).toEqual({ v: value });
});
