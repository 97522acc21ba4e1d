import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExchangeTry, nextExchange, shortestProofSeconds } from "../../../src/core/exchange/exchangeSchedule.ts";

const pace = { intervalSeconds: 60, timeoutSeconds: 600, successes: 3 };
const minute = 60_000;

/** Tries a minute apart, the first one at `from`. */
function tries(from: number, ...outcomes: ExchangeTry["was"][]): ExchangeTry[] {
  return outcomes.map((was, index) => ({ at: from + index * minute, was }));
}

describe("when tokens are exchanged", () => {
  test("a minute after the last write of a credential, at once where nothing was written", () => {
    expect(nextExchange([], { startedAt: 5000, writtenAt: 4000 }, pace)).toBe(4000 + minute);
    expect(nextExchange([], { startedAt: 5000 }, pace)).toBe(5000);
    expect(nextExchange([], { startedAt: 500_000, writtenAt: 0 }, pace)).toBe(500_000);
  });

  test("then every minute, until three in a row have succeeded", () => {
    const next = (...outcomes: ExchangeTry["was"][]) => nextExchange(tries(0, ...outcomes), { startedAt: 0 }, pace);
    expect(next("success")).toBe(minute);
    expect(next("success", "success")).toBe(2 * minute);
    expect(next("success", "success", "success")).toBe("passed");
    expect(next("refused", "success", "success")).toBe(3 * minute);
    expect(next("success", "success", "refused", "success", "success")).toBe(5 * minute);
    expect(next("success", "unanswered", "success", "success", "success")).toBe("passed");
  });

  test("later where the authority asks for it", () => {
    const throttled = (retryAfterSeconds: number) => [{ at: 0, was: "unanswered" as const, retryAfterSeconds }];
    expect(nextExchange(throttled(90), { startedAt: 0 }, pace)).toBe(90_000);
    expect(nextExchange(throttled(5), { startedAt: 0 }, pace)).toBe(minute);
  });

  test("no more once no later try can end otherwise", () => {
    expect(nextExchange(tries(0, "success", "wrong"), { startedAt: 0 }, pace)).toBe("failed");
  });

  test("until the limit: refused until then is a failure, unanswered is nothing known", () => {
    const eleven = (was: ExchangeTry["was"]) => tries(0, ...Array<ExchangeTry["was"]>(11).fill(was));
    expect(nextExchange(eleven("refused").slice(0, 10), { startedAt: 0 }, pace)).toBe(10 * minute);
    expect(nextExchange(eleven("refused"), { startedAt: 0 }, pace)).toBe("failed");
    expect(nextExchange(eleven("unanswered"), { startedAt: 0 }, pace)).toBe("not-checked");
    expect(
      nextExchange([...eleven("refused").slice(1), ...tries(11 * minute, "success")], { startedAt: 0 }, pace),
    ).toBe("failed");
  });

  test("always comes to an end in time, and never hurries", () => {
    const outcome = fc.constantFrom<ExchangeTry["was"]>("success", "refused", "unanswered");
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 12 }), fc.option(fc.nat(600_000)), (outcomes, writtenAt) => {
        const since = { startedAt: 600_000, writtenAt: writtenAt ?? undefined };
        const made: ExchangeTry[] = [];
        for (const was of outcomes) {
          const next = nextExchange(made, since, pace);
          if (typeof next !== "number") break;
          expect(next).toBeGreaterThanOrEqual((made.at(-1)?.at ?? writtenAt ?? 540_000) + minute);
          expect(next).toBeLessThanOrEqual(since.startedAt + 600_000);
          made.push({ at: next, was });
        }
        expect(typeof nextExchange(made, since, pace)).toBe("string");
      }),
    );
  });

  test("a proof after a write takes three intervals", () => {
    expect(shortestProofSeconds(pace)).toBe(180);
  });
});
