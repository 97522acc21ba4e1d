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
  let size = Math.floor(world.length / 2);
  while (size >= 1) {
    const candidates = without(smallest, size);
    const verdicts = await differ(candidates);
    const next = candidates[verdicts.indexOf(true)];
    if (next) smallest = next;
    size = next ? Math.min(size, Math.floor(next.length / 2)) : Math.floor(size / 2);
  }
  return smallest;
}

/** The world less each part of this size. */
function without(world: World, size: number): World[] {
  const parts = Array.from({ length: Math.ceil(world.length / size) }, (_, part) => part * size);
  return parts.map(start => [...world.slice(0, start), ...world.slice(start + size)]);
}
