import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { json, text, textBlock } from "../../src/output/escape.ts";

const anyText = fc.string({ unit: "binary" });
const dangerous = fc.constantFrom(
  "\u001b[31m",
  "\u009b2J",
  "\r",
  "\n",
  "\t",
  "\u007f",
  "\u202e",
  "\u2066",
  "\u2028",
  "\u2029",
  "\u200b",
  "\ufeff",
  "\u00ad",
  "\ud800",
  "\u{e0041}",
  "\u{fe00f}",
);
const hostileText = fc.array(fc.oneof(anyText, dangerous)).map(parts => parts.join(""));
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

describe("text", () => {
  test("leaves nothing that a terminal would act on or hide", () => {
    fc.assert(fc.property(hostileText, value => !invisible.test(text(value))));
  });

  test("changes nothing that is visible, and nothing twice", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."aZ9 -_./äßéЖ中\\u{}'\"`<|😀") }),
        value => text(value) === value,
      ),
    );
    fc.assert(fc.property(hostileText, value => text(text(value)) === text(value)));
  });

  test.each([
    ["\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
    ["a\r\nb\tc", "a\\u000d\\u000ab\\u0009c"],
    ["abc\u202edef", "abc\\u202edef"],
    ["a\u200bb", "a\\u200bb"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\udc00", "\\udc00"],
    ["::error::owned", "\\u003a:error::owned"],
    ["a ::set-output name=x::y", "a \\u003a:set-output name=x::y"],
    ["a##vso[task.complete]##[error]", "a\\u0023#vso[task.complete]\\u0023#[error]"],
    ["system::node fe80::1 ::1 # ## [", "system::node fe80::1 ::1 # ## ["],
  ])("makes %j visible", (value, expected) => {
    expect(text(value)).toBe(expected);
  });
});

describe("textBlock", () => {
  test("keeps lines and tabs and is otherwise the same as text", () => {
    expect(textBlock("a\r\n\tb\rc\u001b")).toBe("a\n\tb\\u000dc\\u001b");
    fc.assert(
      fc.property(
        fc.array(hostileText.map(value => value.replaceAll(/[\r\n\t]/g, ""))),
        lines => textBlock(lines.join("\n")) === lines.map(text).join("\n"),
      ),
    );
  });
});

describe("json", () => {
  test("is the same value to a parser, and safe on a terminal", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: "binary" }),
        fc.dictionary(hostileText, hostileText),
        (value, dictionary) => {
          const rendered = json({ value, dictionary });
          expect(JSON.parse(rendered)).toEqual(JSON.parse(JSON.stringify({ value, dictionary })));
          expect(invisible.test(rendered.replaceAll("\n", ""))).toBe(false);
        },
      ),
    );
  });

  test("indents by two spaces and escapes beyond 16 bits in pairs", () => {
    expect(json({ a: ["\u009b", "\u{e0041}", "ä\n"] })).toBe(
      '{\n  "a": [\n    "\\u009b",\n    "\\udb40\\udc41",\n    "ä\\n"\n  ]\n}',
    );
  });

  test("is JSON even of nothing", () => {
    expect(json(undefined)).toBe("null");
  });
});
