import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Question } from "./answers.ts";
import type { World } from "./world.ts";

/** A world that once showed a difference, or shows what must stay as it is. All are asked about on every run. */
export interface Fixture {
  /** What it shows, in a sentence. */
  shows: string;
  question: Question;
  /** Where it comes from, so that the whole world can be made again. */
  found?: { seed: number; world: number };
  world: World;
}

const folder = fileURLToPath(new URL("fixtures/", import.meta.url));

/** The fixtures of the project, sorted by name. */
export function readFixtures(): Fixture[] {
  return readdirSync(folder)
    .filter(name => name.endsWith(".json"))
    .sort()
    .map(name => JSON.parse(readFileSync(join(folder, name), "utf8")) as Fixture);
}

/** Writes a fixture of a difference that was found and gives its path. */
export async function writeFixture(fixture: Fixture & Required<Pick<Fixture, "found">>): Promise<string> {
  const { question, found } = fixture;
  const path = join(folder, `${question}-${found.seed}-${found.world}.json`);
  // Characters that look like others, or like nothing, are what such a fixture may be about.
  const text = JSON.stringify(fixture, null, 2).replaceAll(
    /[^\n\x20-\x7e]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  await writeFile(path, `${text}\n`);
  return path;
}
