import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calicoSelector } from "../../../src/core/egress/calicoSelector.ts";

const labels = { app: "cart", tier: "web", "example.com/team": "a-b" };

describe("a selector of Calico", () => {
  test.each([
    [undefined, true],
    ["", true],
    ["  ", true],
    ["all()", true],
    ["global()", false],
    ["app == 'cart'", true],
    ['app == "shop"', false],
    ["app=='cart'&&tier=='web'", true],
    ["app != 'cart'", false],
    ["gone != 'cart'", true],
    ["has(example.com/team)", true],
    ["!has(gone)", true],
    ["app in { 'shop', 'cart' }", true],
    ["gone in { 'shop' }", false],
    ["gone not in { 'shop' }", true],
    ["app not in { 'cart' }", false],
    ["app contains 'ar'", true],
    ["app starts with 'ca'", true],
    ["app ends with 'ca'", false],
    ["app == 'shop' || tier == 'web' && has(app)", true],
    ["(app == 'shop' || tier == 'web') && has(gone)", false],
    ["!(app == 'shop') && !!has(app)", true],
    ["has(constructor)", false],
  ])("%s: %s", (selector, expected) => {
    expect(calicoSelector(selector)(labels)).toBe(expected);
  });

  test.each([
    7,
    "app",
    "app ==",
    "app = 'x'",
    "has(app",
    "app == 'x' &&",
    "app in 'x'",
    "nobody()",
    "(((",
    "app == 'x' app == 'y'",
    "'x'",
    "app like 'x'",
  ])("does not guess at %j", selector => {
    expect(calicoSelector(selector)(labels)).toBeUndefined();
  });

  test.each([
    ["pcns.team == 'shop'", undefined],
    ["!has(pcns.team)", undefined],
    ["pcns.team == 'shop' && app == 'cart'", undefined],
    ["pcns.team == 'shop' && app == 'shop'", false],
    ["pcns.team == 'shop' || app == 'cart'", true],
    ["pcns.team == 'shop' || app == 'shop'", undefined],
  ])("knows no label of a namespace that was not read, %s: %s", (selector, expected) => {
    expect(calicoSelector(selector)(labels, key => key.startsWith("pcns."))).toBe(expected);
  });

  test("takes any text without a fall", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."app()!&|={}',\" "), maxLength: 60 }), text => {
        expect([true, false, undefined]).toContain(calicoSelector(text)(labels));
      }),
    );
    expect(calicoSelector("(".repeat(5000))(labels)).toBeUndefined();
    expect(calicoSelector("!".repeat(5000))(labels)).toBeUndefined();
  });
});
