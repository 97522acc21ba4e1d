import type { Clock } from "../core/clock.ts";
import type { Step } from "../core/model.ts";
import type { RunEvent } from "../engine/ports.ts";
import { shortTime } from "../output/text/estimate.ts";
import type { Io } from "./io.ts";

/** How far back the rate is measured. */
const windowSeconds = 30;
const redrawSeconds = 1;

export interface Progress {
  report(event: RunEvent): void;
  end(): void;
}

/**
 * Keeps a line on the terminal that tells how far the writes to Azure are, until the last one has ended: how many, how many a second,
 * how long still, and when the next try is where Azure has refused one. Does nothing where there is no terminal.
 */
export function showProgress(steps: readonly Step[], clock: Clock, { status }: Pick<Io, "status">): Progress {
  const open = new Set(steps.flatMap(step => (step.op === "trust" && step.route === "live" ? [step.id] : [])));
  if (!status || open.size === 0) return { report: () => undefined, end: () => undefined };
  const total = open.size;
  const ended: number[] = [];
  const retries = new Map<string, number>();
  const stop = new AbortController();
  let began: number | undefined;

  const draw = () => {
    if (began === undefined || stop.signal.aborted) return;
    status(progressLine({ total, left: open.size, ended, began, retries: [...retries.values()], now: clock.now() }));
  };
  const end = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    status(undefined);
  };
  const redraw = async () => {
    while (!stop.signal.aborted) {
      draw();
      await clock.sleep(redrawSeconds * 1000, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
  };

  return {
    report(event) {
      if (!("step" in event) || !open.has(event.step.id)) return;
      const { id } = event.step;
      if (began === undefined) {
        began = clock.now();
        void redraw();
      }
      if (event.event === "step-retried") retries.set(id, clock.now() + event.seconds * 1000);
      if (event.event === "step-ended") {
        open.delete(id);
        retries.delete(id);
        ended.push(clock.now());
      }
      if (open.size === 0) end();
      else draw();
    },
    end,
  };
}

/** Moments are in milliseconds. */
export interface ProgressState {
  total: number;
  left: number;
  began: number;
  /** When steps ended, in order. */
  ended: readonly number[];
  /** When steps that failed are tried again. */
  retries: readonly number[];
  now: number;
}

/** `Azure: 120 of 500 credentials, 1.9/s, 3 min 20 s left, next retry in 4 s`. */
export function progressLine({ total, left, began, ended, retries, now }: ProgressState): string {
  const since = Math.max(began, now - windowSeconds * 1000);
  const seconds = (now - since) / 1000;
  const rate = seconds > 0 ? ended.filter(moment => moment > since).length / seconds : 0;
  const next = Math.min(...retries.filter(moment => moment > now));
  return [
    `Azure: ${total - left} of ${total} credentials`,
    ...(rate > 0 ? [`${rate.toFixed(rate < 10 ? 1 : 0)}/s`, `${shortTime(left / rate)} left`] : []),
    ...(Number.isFinite(next) ? [`next retry in ${shortTime((next - now) / 1000)}`] : []),
  ].join(", ");
}
