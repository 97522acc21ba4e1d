import { describe, expect, test } from "vitest";
import { matchesSelector } from "../../src/core/labelSelector.ts";

const labels = { app: "cart", tier: "web", empty: "" };

describe("a structured label selector", () => {
  test("selects nothing where it is absent, everything where it is empty", () => {
    expect(
      [undefined, null, {}, { matchLabels: null, matchExpressions: null }].map(one => matchesSelector(one, labels)),
    ).toEqual([false, false, true, true]);
    expect(matchesSelector({}, undefined)).toBe(true);
  });

  test.each([
    [{ matchLabels: { app: "cart" } }, true],
    [{ matchLabels: { app: "cart", tier: "db" } }, false],
    [{ matchLabels: { gone: "" } }, false],
    [{ matchLabels: { empty: "" } }, true],
    [{ matchExpressions: [{ key: "app", operator: "In", values: ["shop", "cart"] }] }, true],
    [{ matchExpressions: [{ key: "gone", operator: "In", values: ["shop"] }] }, false],
    [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["cart"] }] }, false],
    [{ matchExpressions: [{ key: "gone", operator: "NotIn", values: ["cart"] }] }, true],
    [{ matchExpressions: [{ key: "empty", operator: "Exists" }] }, true],
    [{ matchExpressions: [{ key: "gone", operator: "DoesNotExist" }] }, true],
    [{ matchLabels: { app: "cart" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
  ])("%j: %s", (selector, expected) => {
    expect(matchesSelector(selector, labels)).toBe(expected);
  });

  test.each([
    ["app=cart"],
    [{ matchLabels: { app: 1 } }],
    [{ matchLabels: ["app"] }],
    [{ matchExpressions: {} }],
    [{ matchExpressions: [null] }],
    [{ matchExpressions: [{ key: "app", operator: "Gt", values: ["1"] }] }],
    [{ matchExpressions: [{ key: "app", operator: "In" }] }],
    [{ matchExpressions: [{ key: "app", operator: "In", values: [1] }] }],
  ])("does not guess at %j", selector => {
    expect(matchesSelector(selector, labels)).toBeUndefined();
  });

  test("is false as soon as one readable part is, whatever else it says", () => {
    expect(matchesSelector({ matchLabels: { app: "shop" }, matchExpressions: [{}] }, labels)).toBe(false);
  });

  test("does not find what every object inherits", () => {
    expect(matchesSelector({ matchExpressions: [{ key: "constructor", operator: "Exists" }] }, labels)).toBe(false);
  });
});
