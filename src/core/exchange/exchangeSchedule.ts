/** One try to exchange a token, and how it ended. `wrong`: no later try can end otherwise. */
export interface ExchangeTry {
  /** Milliseconds since the epoch. */
  at: number;
  was: "success" | "refused" | "unanswered" | "wrong";
  /** What a throttled authority asked for. */
  retryAfterSeconds?: number | undefined;
}

export interface ExchangePace {
  /** Between the write of a credential and the first try, and between tries. */
  intervalSeconds: number;
  /** From the start on; no try begins later. */
  timeoutSeconds: number;
  /** In a row, until it counts as proof. */
  successes: number;
}

/**
 * When to try next, in milliseconds since the epoch, or how it ended. Right after a credential was written nothing is tried:
 * Entra remembers a refusal for minutes. One success is not enough, as its servers learn of a credential one after the other.
 * Without a write there is nothing to wait for, but still the same number of successes.
 */
export function nextExchange(
  tries: readonly ExchangeTry[],
  { startedAt, writtenAt }: { startedAt: number; writtenAt?: number | undefined },
  pace: ExchangePace,
): number | "passed" | "failed" | "not-checked" {
  const last = tries.at(-1);
  const interval = pace.intervalSeconds * 1000;
  if (!last) return writtenAt === undefined ? startedAt : Math.max(startedAt, writtenAt + interval);
  if (last.was === "wrong") return "failed";
  const latest = tries.slice(-pace.successes);
  if (latest.length === pace.successes && latest.every(one => one.was === "success")) return "passed";
  const next = last.at + Math.max(interval, (last.retryAfterSeconds ?? 0) * 1000);
  if (next <= startedAt + pace.timeoutSeconds * 1000) return next;
  return tries.findLast(one => one.was !== "success")?.was === "refused" ? "failed" : "not-checked";
}

/** The least time in which a proof can be had, in seconds: a limit below it would never be met. */
export function shortestProofSeconds({ intervalSeconds, successes }: Omit<ExchangePace, "timeoutSeconds">): number {
  return intervalSeconds * successes;
}
