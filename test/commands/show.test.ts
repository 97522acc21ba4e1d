import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { World } from "../../src/commands/io.ts";
import { scan } from "../../src/commands/scan.ts";
import { silentIo } from "./io.ts";

const identities = Array.from({ length: 250 }, (_, index) => ({
  apiVersion: "aadpodidentity.k8s.io/v1",
  kind: "AzureIdentity",
  metadata: { name: `identity-${index}`, namespace: "shop" },
  spec: { type: 0, clientID: "00000000-0000-0000-0000-000000000001" },
}));
const flags = { filename: ["-"], output: "json" } as const;
const world: World = {
  clock: { now: () => 0, sleep: async () => undefined },
  random: () => 0,
  connect: () => Promise.reject(new Error("files alone")),
  azure: () => Promise.reject(new Error("files alone")),
};
const input = () => Readable.from([identities.map(one => JSON.stringify(one)).join("\n---\n")]);

test("a big document is printed as fast as it is read", async () => {
  const [printed, waiting] = [[] as string[], [] as number[]];
  let untaken = 0;
  const io = silentIo({
    stdin: input(),
    print: lines => {
      printed.push(lines);
      untaken++;
    },
    taken: async () => {
      waiting.push(untaken);
      untaken = 0;
    },
  });
  await scan({ ...flags, filename: [...flags.filename] }, world, io);
  expect(JSON.parse(printed.join("\n")).identities).toHaveLength(250);
  expect(waiting).toEqual(printed.map(() => 1));
  expect(printed.length).toBeGreaterThan(3);
});

test("an interrupt leaves off what is being printed", async () => {
  const interrupt = new AbortController();
  const printed: string[] = [];
  const io = silentIo({
    stdin: input(),
    signal: interrupt.signal,
    print: lines => void printed.push(lines),
    taken: async () => interrupt.abort(new Error("interrupted")),
  });
  await expect(scan({ ...flags, filename: [...flags.filename] }, world, io)).rejects.toThrow("interrupted");
  expect(printed).toHaveLength(1);
});
