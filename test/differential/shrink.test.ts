import { describe, expect, it } from "vitest";
import { shrink } from "./shrink.ts";
import type { World } from "./world.ts";

const letters = (text: string): World =>
  [...text].map(name => ({ apiVersion: "v1", kind: "Pod", metadata: { namespace: "@", name } }));

const namesOf = (world: World): string => world.map(({ metadata }) => metadata.name).join("");

/** Shrinks to what still holds all of the needed letters; counts the rounds. */
async function shrunk(text: string, needed: string): Promise<{ smallest: string; rounds: number }> {
  let rounds = 0;
  const smallest = await shrink(letters(text), async candidates => {
    rounds += 1;
    return candidates.map(world => [...needed].every(letter => namesOf(world).includes(letter)));
  });
  return { smallest: namesOf(smallest), rounds };
}

describe("shrinking a world that shows a difference", () => {
  it("keeps the objects without which it would not show, wherever they are", async () => {
    expect((await shrunk("abcdefghijklmnop", "ahp")).smallest).toBe("ahp");
    expect((await shrunk("abcdefghijklmnop", "k")).smallest).toBe("k");
  });

  it("leaves a world alone of which every object counts", async () => {
    expect(await shrunk("abc", "abc")).toEqual({ smallest: "abc", rounds: 1 });
  });

  it("takes large parts first, since every round costs a run of MIC", async () => {
    expect((await shrunk("abcdefghijklmnop", "k")).rounds).toBeLessThanOrEqual(5);
  });
});
