import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli.ts";
import { realWorld } from "../../src/commands/world.ts";
import { expectWellBehaved } from "./expectations.ts";
import { type Ended, run } from "./run.ts";
import { shop } from "./world.ts";

/** Real manifests, which are not part of the project. */
const corpus = fileURLToPath(new URL("../../../shared/corpus/pod-identity", import.meta.url));

describe.skipIf(!existsSync(corpus))("real manifests", () => {
  let files: string[] = [];
  beforeAll(() => {
    files = readdirSync(corpus, { recursive: true, encoding: "utf8" }).filter(file => /\.(ya?ml|json)$/.test(file));
  });

  test.each([
    ["scan", 0],
    ["plan", 0],
    // Nothing pends: without an issuer no usage of files alone can be planned to the end.
    ["plan --detailed-exitcode --issuer https://issuer.example/", 3],
    ["rehearse", 0],
  ])("%s takes them all at once and ends with %d", async (command, code) => {
    const ended = await run([...command.split(" "), "-f", corpus]);
    expectWellBehaved(ended);
    expect(ended.code).toBe(code);
  });

  test.each(["scan", "plan", "rehearse"])("%s takes each file alone", async command => {
    const outcomes: Record<string, unknown> = {};
    for (const file of files) {
      const ended = await runInProcess([command, "-f", join(corpus, file)]);
      expectWellBehaved(ended);
      if (ended.code !== 0) outcomes[file] = ended;
    }
    expect(files.length).toBeGreaterThan(100);
    expect(outcomes).toEqual({});
  });
});

test("the example shop can be planned without a cluster", async () => {
  const ended = await runInProcess(["plan", "-f", shop, "--detailed-exitcode"]);
  expectWellBehaved(ended);
  expect(ended.code).toBe(2);
});

/** The command line without the process around it: for hundreds of runs. */
async function runInProcess(args: string[]): Promise<Ended> {
  const printed = { stdout: "", stderr: "" };
  const { signal } = new AbortController();
  const code = await main(
    args,
    {
      stdin: Readable.from([]),
      print: text => {
        printed.stdout += `${text}\n`;
      },
      say: text => {
        printed.stderr += `${text}\n`;
      },
      env: {},
      cwd: corpus,
      columns: undefined,
      colors: false,
      signal,
    },
    realWorld({}, signal),
  );
  return { code, ...printed };
}
