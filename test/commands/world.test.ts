import { afterEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/commands/world.ts";

afterEach(() => void vi.useRealTimers());

describe("real time", () => {
  test("is that of the machine, and goes on as it was when somebody sets the machine's clock back", () => {
    const before = systemClock.now();
    expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
    vi.useFakeTimers({ toFake: ["Date"], now: before - 3_600_000 });
    expect(Date.now()).toBeLessThan(before);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });
});
