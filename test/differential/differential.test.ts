import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testbedOrSkip } from "../testbed/require.ts";
import { questions } from "./answers.ts";
import { worldOf } from "./anyWorld.ts";
import { type Comparison, compareWorlds } from "./compare.ts";
import { readFixtures } from "./fixtures.ts";
import { Laboratory } from "./laboratory.ts";
import { linesOf, reportDifference } from "./report.ts";

const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_230_630);
const count = Number(process.env.DIFFERENTIAL_WORLDS ?? 40);
const located = testbedOrSkip();
const fixtures = readFixtures();

describe.skipIf(!located)("pods get what MIC and NMI of v1.8.17 give them", { timeout: 600_000 }, () => {
  const worlds = Array.from({ length: count }, (_, number) => worldOf(seed, number));
  let laboratory: Laboratory;
  let comparisons: Comparison[];

  const comparisonOf = (question: string): Comparison => {
    const found = comparisons.find(comparison => comparison.question === question);
    if (!found) throw new Error(`Nobody was asked: ${question}`);
    return found;
  };

  beforeAll(async () => {
    if (!located) return;
    laboratory = await Laboratory.open(located);
    // All at once, the fixtures behind the others: each run of MIC answers for every world there is.
    comparisons = await compareWorlds(laboratory, [...worlds, ...fixtures.map(({ world }) => world)], questions);
  }, 600_000);

  afterAll(() => laboratory?.stop());

  it.each(questions)(`in ${count} random worlds of seed ${seed}: %s`, async question => {
    const comparison = comparisonOf(question);
    // Three pods of the laboratory's own always get one: a question that is yes for nobody else would prove nothing.
    expect(comparison.given).toBeGreaterThan(3);
    const first = [...comparison.differences.keys()].find(index => index < worlds.length);
    if (first === undefined || !located) return;
    expect.fail(await reportDifference(located, { seed, first: 0, worlds }, comparison, first));
  });

  it.each(fixtures.map((fixture, index) => ({ ...fixture, index })))("$question: $shows", fixture => {
    const found = comparisonOf(fixture.question).differences.get(worlds.length + fixture.index) ?? [];
    expect(found.map(linesOf)).toEqual([]);
  });
});
