import type { LocatedTestbed } from "../testbed/locate.ts";
import { type Comparison, compareWorlds } from "./compare.ts";
import { writeFixture } from "./fixtures.ts";
import type { Difference } from "./judge.ts";
import { Laboratory } from "./laboratory.ts";
import { shrink } from "./shrink.ts";
import type { World } from "./world.ts";

/** Worlds by number of a seed. */
export interface Numbered {
  seed: number;
  /** Number of the first. */
  first: number;
  worlds: readonly World[];
}

/**
 * Shrinks a world that differs, keeps the smallest one as a fixture, and says all that is needed to see it again. It takes
 * some runs of MIC, in a laboratory of its own: one with many worlds is slow.
 */
export async function reportDifference(
  located: LocatedTestbed,
  { seed, first, worlds }: Numbered,
  { question, differences }: Comparison,
  index: number,
): Promise<string> {
  const world = worlds[index] ?? [];
  const laboratory = await Laboratory.open(located);
  const differ = async (candidates: readonly World[]) => {
    const [comparison] = await compareWorlds(laboratory, candidates, [question]);
    return candidates.map((_, candidate) => comparison?.differences.has(candidate) ?? false);
  };
  const smallest = await shrink(world, differ).finally(() => laboratory.stop());
  const found = { seed, world: first + index };
  const path = await writeFixture({
    shows: "a difference that nobody has looked at",
    question,
    found,
    world: smallest,
  });
  return [
    `${question}: world ${first + index} of seed ${seed} differs`,
    ...(differences.get(index) ?? []).map(linesOf),
    `The smallest world that still differs is kept in ${path}:`,
    JSON.stringify(smallest),
  ].join("\n");
}

/** Both sides' words about a pod. */
export function linesOf({ pod, ours, theirs }: Difference): string {
  const said = (words: readonly string[]) => (words.length > 0 ? words.join(", ") : "nothing");
  return `${pod} gets\n  by our word: ${said(ours)}\n  in truth: ${said(theirs)}`;
}
