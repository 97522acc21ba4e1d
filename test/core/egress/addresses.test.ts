import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blocksOf, cidr, covers, overlaps, union, without } from "../../../src/core/egress/addresses.ts";

describe("a CIDR", () => {
  test.each([
    ["10.1.2.3/8", [[10 * 2 ** 24, 11 * 2 ** 24 - 1]]],
    ["0.0.0.0/0", [[0, 2 ** 32 - 1]]],
    ["1.2.3.4", [[16909060, 16909060]]],
    ["::/0", undefined],
    ["1.2.3.4/33", undefined],
    ["1.2.3.256/8", undefined],
    [7, undefined],
  ])("%s", (text, expected) => {
    expect(cidr(text)).toEqual(expected);
  });
});

/** Addresses as a plain set, in a space small enough to count. */
const space = 40;
const anySet = fc
  .array(fc.tuple(fc.nat(space - 1), fc.nat(8)))
  .map(list => union(list.map(([first, more]) => [[first, first + more]])));
const asSet = (ranges: ReturnType<typeof union>) =>
  new Set(
    Array.from({ length: space + 10 }, (_, address) => address).filter(address =>
      ranges.some(([a, b]) => a <= address && address <= b),
    ),
  );

test("sets of addresses behave as sets", () => {
  fc.assert(
    fc.property(anySet, anySet, (a, b) => {
      const [left, right] = [asSet(a), asSet(b)];
      expect(asSet(union([a, b]))).toEqual(new Set([...left, ...right].sort((x, y) => x - y)));
      expect([...asSet(without(a, b))]).toEqual([...left].filter(one => !right.has(one)));
      expect(covers(a, b)).toBe([...right].every(one => left.has(one)));
      expect(overlaps(a, b)).toBe([...right].some(one => left.has(one)));
    }),
  );
});

test("one block's exception is another's address", () => {
  const blocks = [
    { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] },
    { cidr: "10.1.0.0/17", except: [] },
  ];
  expect(covers(blocksOf(blocks), cidr("10.1.1.0/24") ?? [])).toBe(true);
  expect(covers(blocksOf(blocks), cidr("10.1.128.0/24") ?? [])).toBe(false);
});
