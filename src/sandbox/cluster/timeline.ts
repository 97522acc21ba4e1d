import type { Clock } from "../../core/clock.ts";

interface Event {
  due: number;
  order: number;
  happen: () => void;
}

/**
 * What the cluster does by itself, in order of time. Nothing happens between requests: whoever looks (a request, an open
 * watch, a test) first lets everything happen that was due by then, each event seeing the time at which it was due.
 * So the outcome depends on when the cluster is looked at by its clock, and never on how long the process took.
 */
export class Timeline {
  readonly #clock: Clock;
  readonly #events: Event[] = [];
  #order = 0;
  #present: number;
  #changed: (() => void) | undefined;

  /** `start`: where the past begins, in the clock's milliseconds. */
  constructor(clock: Clock, start: number) {
    this.#clock = clock;
    this.#present = start;
  }

  /** The time at which whatever happens now happens. */
  now(): number {
    return this.#present;
  }

  /** Lets `happen` happen `milliseconds` after now. */
  after(milliseconds: number, happen: () => void): void {
    const event = { due: this.#present + milliseconds, order: this.#order++, happen };
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.due ?? 0) > event.due) index--;
    this.#events.splice(index, 0, event);
    this.#changed?.();
  }

  /** Lets everything happen that is due by the clock. */
  catchUp(): void {
    const until = this.#clock.now();
    for (let event = this.#events[0]; event && event.due <= until; event = this.#events[0]) {
      this.#events.shift();
      this.#present = Math.max(this.#present, event.due);
      event.happen();
    }
    this.#present = Math.max(this.#present, until);
  }

  /** Follows the clock event by event until the signal aborts: for those who wait without asking, such as watches. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const interrupted = new AbortController();
      this.#changed = () => interrupted.abort();
      const stop = AbortSignal.any([signal, interrupted.signal]);
      const next = this.#events[0];
      if (next) {
        await this.#clock.sleep(next.due - this.#clock.now(), stop).catch((reason: unknown) => {
          if (!stop.aborted) throw reason;
        });
        if (!stop.aborted) this.catchUp();
      } else {
        await new Promise<void>(resolve => stop.addEventListener("abort", () => resolve(), { once: true }));
      }
    }
    this.#changed = undefined;
  }
}
