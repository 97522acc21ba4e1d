import type { Clock } from "../core/clock.ts";
import { ApiError } from "../core/ports.ts";

/** At most this many tries of one step, and this long between two of them. */
export const maxTries = 8;
const ceilingSeconds = 60;
/** Who asks for more is not waited for: the step fails with the server's words, and the next run tries again. */
export const longestRetryAfterSeconds = 900;

/** The code with which ARM refuses a second write to an identity while one is under way. */
const concurrentWrites = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";

/**
 * Whether the same request may succeed a little later: throttled, refused for a write at the same time, a passing server
 * error, or no answer at all. The step is observed again first, since an answer that was lost may have been a success.
 */
export function isTransient(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  const { status, reason, retryAfterSeconds = 0 } = error;
  if (retryAfterSeconds > longestRetryAfterSeconds) return false;
  if (status === undefined) return true;
  return (
    status === 408 ||
    status === 429 ||
    (status >= 500 && status !== 501 && status !== 505) ||
    (status === 409 && reason === concurrentWrites)
  );
}

/** A guard of the patch did not hold, or somebody was faster: worth another look, since an unrelated field may have moved. */
export function isLostRace(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.reason === "Conflict" ||
      error.reason === "AlreadyExists" ||
      (error.status === 422 && /the server rejected our request due to an error in our request/.test(error.message)))
  );
}

/** Seconds until try number `attempt` + 1 (attempts count from 1): what the server asked for, else doubling with jitter. */
export function retryDelay(error: ApiError, attempt: number, random: () => number): number {
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds;
  const backoff = Math.min(ceilingSeconds, 2 ** (attempt - 1));
  return backoff * (0.5 + random() / 2);
}

export interface Patience {
  clock: Clock;
  random(): number;
  signal: AbortSignal;
}

/**
 * Does something that may be repeated as it is, until it succeeds or fails for good, and throws the last failure. `tell` hears of
 * every wait; `unanswered` bounds the tries where no answer comes at all, for those who would rather be told soon.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { clock, signal, random }: Patience,
  { tell, unanswered = maxTries }: { tell?: (error: ApiError, seconds: number) => void; unanswered?: number } = {},
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || number >= (error.status === undefined ? unanswered : maxTries)) throw error;
      const seconds = retryDelay(error, number, random);
      tell?.(error, seconds);
      await clock.sleep(seconds * 1000, signal);
    }
  }
}
