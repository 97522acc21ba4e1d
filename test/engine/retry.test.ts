import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../../src/core/ports.ts";
import {
  isLostRace,
  isTransient,
  longestRetryAfterSeconds,
  maxTries,
  retryDelay,
  retrying,
} from "../../src/engine/retry.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";

const error = (status?: number, reason?: string, message = "x") => new ApiError(message, { status, reason });

describe("a failure passes by itself", () => {
  it.each<[string, Error, boolean]>([
    ["no answer", error(undefined, "ConnectionLost"), true],
    ["408", error(408), true],
    ["429", error(429, "TooManyRequests"), true],
    ["500", error(500, "InternalError"), true],
    ["502", error(502), true],
    ["503", error(503), true],
    ["504", error(504, "Timeout"), true],
    [
      "409 of ARM for writes at once",
      error(409, "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"),
      true,
    ],
    ["429 with a time that can be waited", new ApiError("x", { status: 429, retryAfterSeconds: 900 }), true],
    ["429 with one that cannot", new ApiError("x", { status: 429, retryAfterSeconds: 901 }), false],
    ["501", error(501), false],
    ["505", error(505), false],
    ["another 409", error(409, "Conflict"), false],
    ["400", error(400), false],
    ["401", error(401), false],
    ["403", error(403), false],
    ["404", error(404), false],
    ["422", error(422), false],
    ["a defect", new TypeError("x"), false],
  ])("%s: %s", (_, failure, passes) => {
    expect(isTransient(failure)).toBe(passes);
  });
});

describe("somebody was faster", () => {
  const guard = "the server rejected our request due to an error in our request";
  it.each<[string, Error, boolean]>([
    ["a conflict", error(409, "Conflict"), true],
    ["a name that was taken meanwhile", error(409, "AlreadyExists"), true],
    ["a guard of a patch that does not hold", error(422, "Invalid", guard), true],
    ["a value that is not valid", error(422, "Invalid", "spec.x: Required value"), false],
    ["a refusal", error(403, "Forbidden", guard), false],
    ["a defect", new Error(guard), false],
  ])("%s: %s", (_, failure, isRace) => {
    expect(isLostRace(failure)).toBe(isRace);
  });
});

describe("the wait before the next try", () => {
  it("is what the server asks for", () => {
    expect(retryDelay(new ApiError("x", { status: 429, retryAfterSeconds: 17 }), 5, () => 0)).toBe(17);
    // "At once" again and again would be a hammer.
    expect(retryDelay(new ApiError("x", { status: 429, retryAfterSeconds: 0 }), 5, () => 1)).toBe(16);
  });

  it("doubles, up to a minute", () => {
    expect([1, 2, 3, 6, 7, 20].map(attempt => retryDelay(error(503), attempt, () => 1))).toEqual([1, 2, 4, 32, 60, 60]);
  });

  it("is between half of that and all of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const longest = Math.min(60, 2 ** (attempt - 1));
        const seconds = retryDelay(error(503), attempt, () => chance);
        expect(seconds).toBeGreaterThanOrEqual(longest / 2);
        expect(seconds).toBeLessThanOrEqual(longest);
      }),
    );
  });
});

describe("retrying", () => {
  const tried = async (failures: readonly Error[], signal = new AbortController().signal) => {
    const clock = new SimulatedClock();
    const start = clock.now();
    const left = [...failures];
    const waits: number[] = [];
    let tries = 0;
    const result = retrying(
      async () => {
        tries++;
        const failure = left.shift();
        if (failure) throw failure;
        return "done";
      },
      { clock, signal, random: () => 1 },
      { tell: (_, seconds) => void waits.push(seconds), unanswered: 3 },
    );
    const ended = await result.catch((failure: unknown) => failure);
    return { ended, tries, waits, seconds: (clock.now() - start) / 1000 };
  };

  it("waits and tries again until it succeeds", async () => {
    expect(await tried([error(503), error(undefined)])).toEqual({ ended: "done", tries: 3, waits: [1, 2], seconds: 3 });
  });

  it("does not wait for what does not pass", async () => {
    const refused = error(403);
    expect(await tried([refused])).toEqual({ ended: refused, tries: 1, waits: [], seconds: 0 });
  });

  it("gives up with the last failure", async () => {
    const failures = Array.from({ length: maxTries + 1 }, () => error(503));
    const { ended, tries } = await tried(failures);
    expect([ended, tries]).toEqual([failures[maxTries - 1], maxTries]);
  });

  it("waits for a server that throttles longer than for one that fails, but not for ever", async () => {
    const throttled = (retryAfterSeconds?: number) => new ApiError("x", { status: 429, retryAfterSeconds });
    const often = Array.from({ length: maxTries + 5 }, () => throttled(10));
    expect(await tried([...often, error(503)])).toMatchObject({ ended: "done", tries: maxTries + 7, seconds: 131 });
    const ever = await tried(Array.from({ length: 1000 }, () => throttled(100)));
    expect(ever).toMatchObject({ ended: throttled(100), tries: 10, seconds: longestRetryAfterSeconds });
    const silent = await tried(Array.from({ length: 1000 }, () => throttled()));
    expect(silent.ended).toEqual(throttled());
    expect(silent.seconds).toBeLessThanOrEqual(longestRetryAfterSeconds);
  });

  it("asks once more with a new token where the server takes the old one for ended", async () => {
    const expired = error(401, "ExpiredAuthenticationToken");
    expect(await tried([expired, error(503)])).toEqual({ ended: "done", tries: 3, waits: [0, 1], seconds: 1 });
    expect(await tried([expired, expired])).toEqual({ ended: expired, tries: 2, waits: [0], seconds: 0 });
    expect(await tried([error(401, "AuthenticationFailed")])).toMatchObject({ tries: 1 });
  });

  it("gives up sooner, where that is wanted, when no answer comes at all", async () => {
    const failures = Array.from({ length: maxTries }, () => error(undefined));
    const { ended, tries } = await tried(failures);
    expect([ended, tries]).toEqual([failures[2], 3]);
  });

  it("does not wait once it was told to stop", async () => {
    const { tries, seconds } = await tried([error(503)], AbortSignal.abort());
    expect([tries, seconds]).toEqual([1, 0]);
  });
});
