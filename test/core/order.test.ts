import { expect, it } from "vitest";
import { compare } from "../../src/core/order.ts";

it("strings are sorted by bytes, as Go sorts them", () => {
  expect(["b", "a-b", "a.b", "B", "a"].sort(compare)).toEqual(["B", "a", "a-b", "a.b", "b"]);
});
