import { describe, expect, it } from "vitest";
import { hanging, problem } from "../../src/output/text/hanging.ts";

const long = "the server said no, and went on to say at some length why that was so and what to do about it";

describe("a line behind a mark", () => {
  it("goes on below behind the mark's width", () => {
    expect(hanging("  ✗ ", long, 60).split("\n")).toEqual([
      "  ✗ the server said no, and went on to say at some length",
      "    why that was so and what to do about it",
    ]);
  });

  it.each<[string, number | undefined]>([
    ["where it fits", 200],
    ["where no terminal shows it", undefined],
  ])("stays one line %s", (_, columns) => {
    expect(hanging("  ✗ ", long, columns)).toBe(`  ✗ ${long}`);
    expect(hanging("  ✗ ", "", columns)).toBe("  ✗ ");
  });
});

describe("a line that tells of a problem", () => {
  it("goes on behind the word", () => {
    expect(problem(`warning: ${long}`, 60).split("\n")).toEqual([
      "warning: the server said no, and went on to say at some",
      "         length why that was so and what to do about it",
    ]);
  });

  it.each([
    ["no problem, such as a command to be copied", `az role assignment create --scope ${long}`],
    ["of several lines that somebody else has made", `error: ${long}\n${long}`],
  ])("is left as it is where it is %s", (_, line) => {
    expect(problem(line, 60)).toBe(line);
  });
});
