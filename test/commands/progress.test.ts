import { describe, expect, it, onTestFinished } from "vitest";
import { progressLine, showProgress } from "../../src/commands/progress.ts";
import { statusLine } from "../../src/commands/statusLine.ts";
import { credentialWorld } from "../engine/credentialWorld.ts";

const seconds = (...moments: number[]) => moments.map(moment => moment * 1000);
const nothing = { total: 500, left: 500, began: 0, ended: [], retries: [], now: 0 };

describe("the line that tells of writes to Azure", () => {
  it.each([
    ["has no rate before the first one has ended", nothing, "Azure: 0 of 500 credentials"],
    [
      "has the rate since the beginning, and what is left at that rate",
      { ...nothing, left: 480, ended: Array.from({ length: 20 }, (_, index) => (index + 1) * 500), now: 10_000 },
      "Azure: 20 of 500 credentials, 2.0/s, 4 min left",
    ],
    [
      "has the rate of the last half minute",
      { ...nothing, left: 440, ended: [...seconds(1, 2, 3), ...seconds(71, 80, 90)], now: 100_000 },
      "Azure: 60 of 500 credentials, 0.1/s, 1 h 13 min left",
    ],
    [
      "has the next retry, not those that are over",
      { ...nothing, retries: seconds(1, 20, 12.5), now: 2000 },
      "Azure: 0 of 500 credentials, next retry in 11 s",
    ],
  ])("%s", (_, state, line) => {
    expect(progressLine(state)).toBe(line);
  });

  it("follows a run to its end, on its clock, and goes away", async () => {
    const world = await credentialWorld({
      subscriptions: 1,
      identities: 2,
      credentials: 3,
      azure: { throttle: { burstSeconds: 0 } },
    });
    onTestFinished(world.stop);
    const lines: (string | undefined)[] = [];
    const progress = showProgress(world.steps, world.clock, { status: line => lines.push(line) });
    await world.run({}, progress.report);
    expect(lines[0]).toBe("Azure: 0 of 6 credentials");
    expect(lines).toContainEqual(expect.stringMatching(/^Azure: [1-5] of 6 credentials, .*next retry in \d+ s$/));
    expect(lines.at(-1)).toBeUndefined();
    expect(lines.filter(line => line === undefined)).toHaveLength(1);
    progress.end();
    expect(lines.filter(line => line === undefined)).toHaveLength(1);
  });

  it("is not there without a terminal, nor where nothing is written to Azure", async () => {
    const lines: unknown[] = [];
    const world = await credentialWorld({ subscriptions: 1, identities: 1, credentials: 1 });
    onTestFinished(world.stop);
    await world.run({}, showProgress(world.steps, world.clock, {}).report);
    await world.run({}, showProgress([], world.clock, { status: line => lines.push(line) }).report);
    expect(lines).toEqual([]);
  });
});

describe("a line that is redrawn in place", () => {
  /** What a terminal shows: lines, the last one being written. */
  function terminal(columns: number) {
    let lines = [""];
    return {
      columns,
      write(text: string) {
        for (const [index, drawn] of text.split("\r\u001b[K").entries()) {
          if (index > 0) lines[lines.length - 1] = "";
          const [rest = "", ...more] = drawn.split("\n");
          lines = [...lines.slice(0, -1), (lines.at(-1) ?? "") + rest, ...more];
        }
      },
      lines: () => lines,
    };
  }

  it("stays below what is printed, is never as wide as the terminal, and leaves nothing behind", () => {
    const screen = terminal(20);
    const line = statusLine(screen);
    const say = (text: string) => line.above(() => screen.write(`${text}\n`));
    say("before");
    line.show("Azure: 0 of 500 credentials");
    expect(screen.lines()).toEqual(["before", "Azure: 0 of 500 cre"]);
    say("meanwhile");
    expect(screen.lines()).toEqual(["before", "meanwhile", "Azure: 0 of 500 cre"]);
    line.show("Azure: 1 of 500");
    expect(screen.lines()).toEqual(["before", "meanwhile", "Azure: 1 of 500"]);
    screen.columns = 10;
    line.show("Azure: 2 of 500");
    expect(screen.lines()).toEqual(["before", "meanwhile", "Azure: 2 "]);
    line.show(undefined);
    say("after");
    expect(screen.lines()).toEqual(["before", "meanwhile", "after", ""]);
  });
});
