import { expect, it } from "vitest";
import { changedFields } from "../../../src/core/consumers/changedFields.ts";

it("names the single fields that differ in lists and maps", () => {
  const before = [{ dns01: { zone: "a", id: { resourceID: "r" } } }, { http01: {} }];
  const after = [{ dns01: { zone: "a", id: { clientID: "c" } } }, { http01: {} }];
  expect(changedFields([{ path: ["spec", "solvers"], before, after }])).toEqual([
    { field: "spec.solvers[0].dns01.id.resourceID", before: "r" },
    { field: "spec.solvers[0].dns01.id.clientID", after: "c" },
  ]);
});

it("shows lists of other lengths and values of other types as a whole", () => {
  expect(
    changedFields([
      { path: ["a"], before: [1], after: [1, 2] },
      { path: ["b"], before: { c: 1 }, after: "d" },
      { path: ["c"], before: "same", after: "same" },
    ]),
  ).toEqual([
    { field: "a", before: [1], after: [1, 2] },
    { field: "b", before: { c: 1 }, after: "d" },
  ]);
});

it("tells keys with dots apart from the path, and items by what matches them", () => {
  const path = ["spec", { match: { name: "app" } }, "labels", "azure.workload.identity/use"];
  expect(changedFields([{ path, after: "true" }])).toEqual([
    { field: 'spec[name=app].labels["azure.workload.identity/use"]', after: "true" },
  ]);
  const inherited = JSON.parse('{"toString":"x"}');
  expect(changedFields([{ path: ["a"], before: {}, after: inherited }])).toEqual([{ field: "a.toString", after: "x" }]);
});
