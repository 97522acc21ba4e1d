import { describe, expect, it } from "vitest";
import { labelSelector } from "../../src/core/selector.ts";

const cart = { app: "cart", tier: "", "shop.example/team": "a_b.c" };

describe("a label selector, as kubectl reads it", () => {
  it.each([
    ["", true],
    ["  ", true],
    ["app=cart", true],
    ["app==cart", true],
    ["app = cart", true],
    ["app=orders", false],
    ["app!=orders", true],
    ["app!=cart", false],
    ["none!=x", true],
    ["none=x", false],
    ["app", true],
    ["none", false],
    ["!none", true],
    ["! none", true],
    ["!app", false],
    ["tier=", true],
    ["app=", false],
    ["none=", false],
    ["app in (cart)", true],
    ["app in (orders, cart)", true],
    ["app in(cart)", true],
    ["app in (orders)", false],
    ["none in (cart)", false],
    ["tier in (x,)", true],
    ["app notin (orders)", true],
    ["app notin (cart,orders)", false],
    ["none notin (cart)", true],
    ["app=cart,tier", true],
    ["app=cart, !tier", false],
    ["app in (cart,orders),none notin (a,b),tier", true],
    ["shop.example/team=a_b.c", true],
    ["app=Cart", false],
    ["constructor", false],
    ["constructor!=x", true],
    ["in=x", false],
  ])("%j: %s", (selector, matches) => {
    expect(labelSelector(selector)(cart)).toBe(matches);
  });

  it.each([
    "app=cart,",
    ",app",
    ",",
    "app=a=b",
    "app=a b",
    "app in ()",
    "app in cart",
    "app in (a",
    "app in (a b)",
    "app within (a)",
    "!app=cart",
    "a!b",
    "-app",
    "app=-x",
    "app=x/y",
    "app~cart",
    "=cart",
  ])("%j cannot be read, and says so", selector => {
    expect(() => labelSelector(selector)).toThrow(RangeError);
    expect(() => labelSelector(selector)).toThrow(/is not a label requirement/);
  });
});
