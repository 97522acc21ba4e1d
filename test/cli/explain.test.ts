import { describe, expect, test } from "vitest";
import { severities } from "../../src/core/findings/codes.ts";
import { expectRefusal, expectWellBehaved } from "./expectations.ts";
import { run } from "./run.ts";

describe("explain", () => {
  test("tells what a code means, why it matters, what to do, and where the rule comes from", async () => {
    const ended = await run(["explain", "several-identities"]);
    expectWellBehaved(ended);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^Several identities for one workload \(several-identities, error\)\n/);
    expect(ended.stdout.match(/^\S.*$/gm)?.slice(1)).toEqual(["What", "Why it matters", "What to do", "Source"]);
  });

  test("lists all codes without one, in text and in JSON", async () => {
    const codes = Object.keys(severities).sort();
    const text = await run(["explain"]);
    expect(
      text.stdout
        .trimEnd()
        .split("\n")
        .slice(1)
        .map(line => line.split(" ")[0]),
    ).toEqual(codes);
    const all: { code: string; why: string }[] = JSON.parse((await run(["explain", "-o", "json"])).stdout);
    expect(all.map(one => one.code)).toEqual(codes);
    expect(all.filter(one => one.why.length < 20)).toEqual([]);
  });

  test("names codes that are near one that does not exist", async () => {
    expectRefusal(await run(["explain", "several-identity"]), 1, '"several-identity"', "several-identities");
    expectRefusal(await run(["explain", "xyz"]), 1, "azwi-migrate explain");
  });
});
