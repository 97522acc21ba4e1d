import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { severities } from "../../src/core/findings/codes.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

test("every code is named by a test beside the samples of its wording", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    file => file.endsWith(".test.ts") && !file.includes("output"),
  );
  const texts = files.map(file => readFileSync(`${folder}/${file}`, "utf8")).join("\n");
  const untested = Object.keys(severities).filter(code => !new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(texts));
  expect(untested).toEqual([]);
});
