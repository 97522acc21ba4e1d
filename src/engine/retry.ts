import type { Clock } from "../core/clock.ts";
import { ApiError } from "../core/ports.ts";

/** At most this many tries of one step, those that were throttled aside, and this long between two of them. */
export const maxTries = 8;
const ceilingSeconds = 60;
/**
 * The longest that a server is waited for on its own word, at once or in sum: who asks for more makes the step fail with the
 * server's words, and the next run tries again.
 */
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

/** The server has seen a token that its own clock, or somebody who revoked it, holds for ended: a new one may help. */
function wantsNewToken(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.status === 401 &&
    (error.reason === "ExpiredAuthenticationToken" || error.reason === "InvalidAuthenticationToken")
  );
}

/** Seconds until try number `attempt` + 1 (attempts count from 1): what the server asked for, else doubling with jitter. */
export function retryDelay(error: ApiError, attempt: number, random: () => number): number {
  return error.retryAfterSeconds || backoff(attempt, random);
}

function backoff(attempt: number, random: () => number): number {
  return Math.min(ceilingSeconds, 2 ** (attempt - 1)) * (0.5 + random() / 2);
}

/** Counts the tries of one thing, and says after each failure how long to wait for the next one. */
export class Tries {
  readonly #random: () => number;
  readonly #unanswered: number;
  #failed = 0;
  #throttled = 0;
  #throttledSeconds = 0;
  #hasNewToken = false;

  /** `unanswered` bounds the tries where no answer comes at all, for those who would rather be told soon. */
  constructor(random: () => number, unanswered = maxTries) {
    this.#random = random;
    this.#unanswered = unanswered;
  }

  /** Seconds until the next try; undefined where there is none. To be throttled uses up no try, but the time to wait for it. */
  after(error: unknown): number | undefined {
    if (wantsNewToken(error)) {
      const isFirst = !this.#hasNewToken;
      this.#hasNewToken = true;
      return isFirst ? 0 : undefined;
    }
    if (!isTransient(error)) return undefined;
    if (error.status === 429) {
      const seconds = retryDelay(error, ++this.#throttled, this.#random);
      this.#throttledSeconds += seconds;
      return this.#throttledSeconds > longestRetryAfterSeconds ? undefined : seconds;
    }
    const most = error.status === undefined ? this.#unanswered : maxTries;
    return ++this.#failed >= most ? undefined : retryDelay(error, this.#failed, this.#random);
  }

  /** After somebody was faster: what is there now is looked at, at once; who is always faster gets more time. */
  afterLostRace(): number | undefined {
    const lost = this.#failed++;
    if (this.#failed >= maxTries) return undefined;
    return lost === 0 ? 0 : backoff(lost, this.#random);
  }
}

export interface Patience {
  clock: Clock;
  random(): number;
  signal: AbortSignal;
}

/**
 * Does something that may be repeated as it is, until it succeeds or fails for good, and throws the last failure. `tell` hears of
 * every wait; `unanswered` is as for `Tries`.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  { clock, signal, random }: Patience,
  { tell, unanswered }: { tell?: (error: ApiError, seconds: number) => void; unanswered?: number } = {},
): Promise<T> {
  const tries = new Tries(random, unanswered);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const seconds = tries.after(error);
      if (seconds === undefined || !(error instanceof ApiError)) throw error;
      tell?.(error, seconds);
      await clock.sleep(seconds * 1000, signal);
    }
  }
}

/** As `retrying`; undefined where the server does not answer, or not to this user. Throws an abort and defects. */
export async function answered<T>(ask: () => Promise<T>, patience: Patience): Promise<T | undefined> {
  try {
    return await retrying(ask, patience);
  } catch (error) {
    if (patience.signal.aborted || !(error instanceof ApiError)) throw error;
    return undefined;
  }
}
