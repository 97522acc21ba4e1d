import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readConfigFile } from "../../src/commands/configFile.ts";
import { Config } from "../../src/core/documents/config.ts";
import { version } from "../../src/version.ts";

const folder = fileURLToPath(new URL("../../examples", import.meta.url));

test("the example of a config file fits the schema, and shows every decision there is about a workload", async () => {
  const config = await readConfigFile("azwi-migrate.yaml", { cwd: folder });
  const shown = new Set(Object.values(config.workloads ?? {}).flatMap(decision => Object.keys(decision)));
  const [decision] = Object.values(Config.properties.workloads.patternProperties);
  expect([...shown].sort()).toEqual(Object.keys(decision?.properties ?? {}).sort());
  expect(readFileSync(`${folder}/azwi-migrate.yaml`, "utf8")).toContain(
    `azwi-migrate@${version}/dist/schemas/Config.json`,
  );
});
