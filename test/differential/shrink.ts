import type { World } from "./world.ts";

/**
 * The smallest world that still differs and is found by taking objects away: large parts first, then single ones, until none
 * can be missed. The same for the same answers. All candidates of a round are asked about at once, since one run of MIC
 * answers for as many worlds as there are.
 */
export async function shrink(
  world: World,
  differ: (candidates: readonly World[]) => Promise<boolean[]>,
): Promise<World> {
  let smallest = world;
  for (;;) {
    const candidates = without(smallest);
    const verdicts = await differ(candidates);
    const next = candidates[verdicts.indexOf(true)];
    if (!next) return smallest;
    smallest = next;
  }
}

/** The world less each half, each quarter and so on to each single object. */
function without(world: World): World[] {
  const candidates: World[] = [];
  for (let size = Math.floor(world.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < world.length; start += size) {
      candidates.push([...world.slice(0, start), ...world.slice(start + size)]);
    }
  }
  return candidates;
}
