import type { Clock } from "../core/clock.ts";

/** Event loop turns that must pass quietly before time moves: enough for a loopback request to reach its server. */
const QUIET_TURNS = 24;

interface Sleeper {
  due: number;
  order: number;
  wake: () => void;
}

/**
 * Time that runs only while everybody waits for it. Whenever nothing else is runnable (no hold is taken, no system call
 * is pending, the event loop stayed quiet for some turns), the earliest sleeper wakes and the clock shows its hour;
 * sleepers due at the same moment wake one after the other, in the order in which they fell asleep.
 */
export class SimulatedClock implements Clock {
  #now: number;
  #order = 0;
  #holds = 0;
  #quietTurns = 0;
  #watching = false;
  readonly #sleepers: Sleeper[] = [];

  /** `start`: milliseconds since the epoch, 2026-01-05T08:00:00Z when left out. */
  constructor(start: number = Date.UTC(2026, 0, 5, 8)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper: Sleeper = {
        due: this.#now + Math.max(0, milliseconds),
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener("abort", aborted);
          resolve();
        },
      };
      const aborted = () => {
        const index = this.#sleepers.indexOf(sleeper);
        if (index >= 0) this.#sleepers.splice(index, 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", aborted, { once: true });
      this.#insert(sleeper);
      this.#quietTurns = 0;
      this.#watch();
    });
  }

  /** Stops time until the returned function is called, for work whose end the event loop does not show: a request in flight, a worker. */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      this.#quietTurns = 0;
      this.#watch();
    };
  }

  #insert(sleeper: Sleeper): void {
    let index = this.#sleepers.length;
    while (index > 0 && (this.#sleepers[index - 1]?.due ?? 0) > sleeper.due) index--;
    this.#sleepers.splice(index, 0, sleeper);
  }

  #watch(): void {
    if (this.#watching || this.#holds > 0 || this.#sleepers.length === 0) return;
    this.#watching = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#watching = false;
    if (this.#holds > 0) return;
    this.#quietTurns = systemCallPending() ? 0 : this.#quietTurns + 1;
    if (this.#quietTurns >= QUIET_TURNS) {
      this.#quietTurns = 0;
      const next = this.#sleepers.shift();
      if (next) {
        this.#now = Math.max(this.#now, next.due);
        next.wake();
      }
    }
    this.#watch();
  }
}

/** File reads, name look-ups, connects and writes that libuv has under way; their callers are runnable soon. */
function systemCallPending(): boolean {
  return process
    .getActiveResourcesInfo()
    .some(name => /Req(Wrap|Callback|Promise)$|ConnectWrap$|WriteWrap$/.test(name));
}
