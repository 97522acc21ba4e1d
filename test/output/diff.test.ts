import { Chalk } from "chalk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesDiff } from "../../src/output/diff.ts";

const plain = new Chalk({ level: 0 });

describe("changesDiff", () => {
  test("shows changed fields as YAML in their own order, with three lines around them", () => {
    const before = {
      metadata: { labels: { zone: "a", app: "cart", tier: "web", aadpodidbinding: "cart" } },
      spec: { serviceAccountName: "default" },
    };
    const after = {
      metadata: { labels: { ...before.metadata.labels, "azure.workload.identity/use": "true" } },
      spec: { serviceAccountName: "cart" },
    };
    expect(changesDiff("Deployment shop/cart", before, after, plain)).toEqual([
      "Deployment shop/cart",
      "     app: cart",
      "     tier: web",
      "     aadpodidbinding: cart",
      '+    azure.workload.identity/use: "true"',
      " spec:",
      "-  serviceAccountName: default",
      "+  serviceAccountName: cart",
    ]);
  });

  test("shows an object that is created, and one that is deleted", () => {
    const account = { kind: "ServiceAccount", metadata: { name: "cart" } };
    expect(changesDiff("a", undefined, account, plain)).toEqual([
      "a",
      "+kind: ServiceAccount",
      "+metadata:",
      "+  name: cart",
    ]);
    expect(changesDiff("a", { name: "cart" }, undefined, plain)).toEqual(["a", "-name: cart"]);
  });

  test("tells several hunks apart by their ranges", () => {
    const before = Object.fromEntries(Array.from("abcdefghijkl", letter => [letter, 1]));
    expect(changesDiff("a", before, { ...before, a: 2, l: 2, m: 3 }, plain)).toEqual([
      "a",
      "@@ -1,4 +1,4 @@",
      "-a: 1",
      "+a: 2",
      " b: 1",
      " c: 1",
      " d: 1",
      "@@ -9,4 +9,5 @@",
      " i: 1",
      " j: 1",
      " k: 1",
      "-l: 1",
      "+l: 2",
      "+m: 3",
    ]);
  });

  test("is empty where nothing changes", () => {
    expect(changesDiff("a", { a: 1 }, { a: 1 }, plain)).toEqual([]);
    expect(changesDiff("a", undefined, undefined, plain)).toEqual([]);
  });

  test("quotes what kubectl would not read as a string, and folds no long value", () => {
    const value = { on: "yes", port: "017", long: "word ".repeat(40).trim() };
    expect(changesDiff("a", undefined, value, plain).slice(1)).toEqual([
      '+"on": "yes"',
      '+port: "017"',
      `+long: ${value.long}`,
    ]);
  });

  test("colours as diff does", () => {
    const lines = changesDiff("a", { x: 1 }, { x: 2 }, new Chalk({ level: 1 }));
    expect(lines).toEqual(["\u001b[1ma\u001b[22m", "\u001b[31m-x: 1\u001b[39m", "\u001b[32m+x: 2\u001b[39m"]);
  });

  test("lets nothing through to the terminal that names and values bring along", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u001b[2J", "a\u202eb", "a\nb\u009b", "\u2028"),
    );
    const object = fc.dictionary(hostile, hostile);
    fc.assert(
      fc.property(hostile, object, object, (title, before, after) =>
        changesDiff(title, before, after, plain).every(line => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line)),
      ),
    );
  });
});
