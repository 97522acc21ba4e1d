import { expect, it, onTestFinished } from "vitest";
import { isConfirmed } from "../../src/commands/confirm.ts";
import { credentialWorld } from "../engine/credentialWorld.ts";
import { silentIo } from "./io.ts";

it.each([
  [
    "is told without a question where --yes answers",
    { yes: true },
    ["Writing 4 federated credentials to 2 identities takes at least 8 s at the rates that Azure documents."],
  ],
  ["is not told where nothing but the result is wanted", { yes: true, quiet: true }, []],
])("how long Azure takes at least %s", async (_, flags, expected) => {
  const world = await credentialWorld({ subscriptions: 1, identities: 2, credentials: 2 });
  onTestFinished(world.stop);
  const said: string[] = [];
  const io = silentIo({ say: text => void said.push(text) });
  expect(await isConfirmed([], world.steps, flags, io)).toBe(true);
  expect(said).toEqual(expected);
});
