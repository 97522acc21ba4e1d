import { describe, expect, test } from "vitest";
import { askedOnce } from "../../src/azure/askedOnce.ts";

describe("what is asked once", () => {
  test("has one answer for equal questions, also while that is on its way", async () => {
    const asked: string[] = [];
    const ask = askedOnce(async (name: string, { size }: { size: number }) => {
      asked.push(name);
      return `${name} ${size}`;
    });
    const together = await Promise.all([ask("cart", { size: 1 }), ask("cart", { size: 1 }), ask("cart", { size: 2 })]);
    expect([...together, await ask("cart", { size: 1 })]).toEqual(["cart 1", "cart 1", "cart 2", "cart 1"]);
    expect(asked).toEqual(["cart", "cart"]);
  });

  test("is asked again where it failed", async () => {
    let tries = 0;
    const ask = askedOnce(async () => {
      tries += 1;
      if (tries === 1) throw new Error("not now");
      return "answer";
    });
    await expect(ask()).rejects.toThrow("not now");
    expect(await ask()).toBe("answer");
  });
});
