import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

describe("SimulatedClock", () => {
  it("wakes sleepers in the order of their hours, and those of the same hour in the order in which they fell asleep", async () => {
    const clock = new SimulatedClock(0);
    const woken: [string, number][] = [];
    const sleep = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      woken.push([name, clock.now()]);
    };
    await Promise.all([sleep("late", 600_000), sleep("first", 1000), sleep("second", 1000), sleep("soon", 10)]);
    expect(woken).toEqual([
      ["soon", 10],
      ["first", 1000],
      ["second", 1000],
      ["late", 600_000],
    ]);
  });

  it("lets whoever woke work and sleep again before the next one wakes", async () => {
    const clock = new SimulatedClock(0);
    const woken: string[] = [];
    const twice = async () => {
      await clock.sleep(10);
      await new Promise(resolve => setImmediate(resolve));
      woken.push(`twice at ${clock.now()}`);
      await clock.sleep(5);
      woken.push(`twice at ${clock.now()}`);
    };
    const once = clock.sleep(20).then(() => woken.push(`once at ${clock.now()}`));
    await Promise.all([twice(), once]);
    expect(woken).toEqual(["twice at 10", "twice at 15", "once at 20"]);
  });

  it("stands still while it is held", async () => {
    const clock = new SimulatedClock(0);
    const release = clock.hold();
    const slept = clock.sleep(1);
    for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve));
    expect(clock.now()).toBe(0);
    release();
    release();
    await slept;
    expect(clock.now()).toBe(1);
  });

  it("stands still while a server in this process is asked", async () => {
    const clock = new SimulatedClock(0);
    const server = createServer((_request, response) => response.end(String(clock.now())));
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const slept = clock.sleep(60_000);
    const seen: string[] = [];
    const asking = async () => {
      for (let count = 0; count < 20; count++) seen.push(await (await fetch(`http://127.0.0.1:${port}`)).text());
    };
    const release = clock.hold();
    await asking();
    release();
    await slept;
    expect(new Set(seen)).toEqual(new Set(["0"]));
  });

  it("ends a sleep with the signal's reason and forgets it", async () => {
    const clock = new SimulatedClock(0);
    const stop = new AbortController();
    const slept = clock.sleep(60_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow("enough");
    await clock.sleep(1);
    expect(clock.now()).toBe(1);
  });
});
