import { setTimeout as delay } from "node:timers/promises";

/** What is waited for, for the error message, and for how long. */
export interface PollOptions {
  what: string;
  timeoutMilliseconds: number;
}

/** Asks `probe` every 50 ms until it gives something else than undefined; throws with `what` when the time is up. */
export async function poll<T>(probe: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMilliseconds;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) {
      throw new Error(`${options.what}: not within ${options.timeoutMilliseconds / 1000} s`);
    }
    await delay(50);
  }
}
