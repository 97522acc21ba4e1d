import type { StepResult } from "../core/documents/runResult.ts";
import type { Step, UndoRecord } from "../core/model.ts";
import { observe } from "../core/observe.ts";
import { ApiError } from "../core/ports.ts";
import { applyStep, look } from "./applyStep.ts";
import { type Earlier, isAdopted, type RunCredentials } from "./credentials.ts";
import type { EnginePorts } from "./ports.ts";
import type { Records } from "./records.ts";
import { saysTrustExists, whyNot } from "./refusals.ts";
import { isLostRace, type Patience, Tries } from "./retry.ts";
import { resultOf } from "./stepResults.ts";

interface Writing {
  /** What the step reaches: the cluster as it is, Azure through the run's credentials. */
  reach: Pick<EnginePorts, "cluster" | "azure" | "clock" | "signal">;
  /** Undefined where nobody is signed in. */
  credentials: RunCredentials | undefined;
  /** Where the step is recorded; asked for before its first write. */
  records(): Records;
  patience: Patience;
  /** Hears of every wait between two tries. */
  tell(error: ApiError, seconds: number): void;
}

/** What writing has come to; `record` where the step was written and its pods are still to be replaced. */
interface Written {
  result: StepResult;
  record?: UndoRecord;
}

/**
 * Observes a step, records what is about to be written, writes it under guard and observes it again, until it is done or cannot be.
 * Every failed try is followed by a new look, not by a blind repetition.
 *
 * @throws ApiError that another try would not mend
 */
export async function writeStep(
  step: Step,
  { reach, credentials, records, patience, tell }: Writing,
): Promise<Written> {
  let record: UndoRecord | undefined;
  let isAccepted = false;
  let earlier: Earlier = "clear";
  const tries = new Tries(patience.random);
  for (;;) {
    try {
      const seen = await (step.op === "trust" && credentials
        ? credentials.seenToWrite(step, earlier)
        : look(step, reach));
      const observed = observe(step, seen);
      if (observed === "done") {
        // What somebody else wrote under another name meanwhile is not for this run to undo.
        if (isAdopted(step, seen) || !record) return { result: resultOf(step, "done") };
        // A rollout is part of the step: a run that dies while it waits leaves an open record to the next one.
        if (step.restartsPods) return { result: resultOf(step, "applied"), record };
        await records().markDone(record);
        return { result: resultOf(step, "applied") };
      }
      if (step.route !== "live") return { result: resultOf(step, step.route) };
      if (observed !== "pending") return { result: resultOf(step, observed, whyNot(step, seen)) };
      if (patience.signal.aborted) return { result: resultOf(step, "interrupted", "stopped before the write") };
      // Admission that drops a field, a controller that puts it back, a list that is behind: looked at again, not fought.
      if (isAccepted)
        throw new ApiError(
          "the server accepted the change, but it is not there: admission or a controller may undo it",
        );
      record ??= await records().intend(step, seen);
      earlier = "unsure";
      await applyStep(step, seen, reach);
      isAccepted = true;
      earlier = "clear";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const seconds = secondsToNextTry(step, error, tries, credentials);
      if (seconds === undefined) throw error;
      // A request that was throttled did nothing.
      if (error.status === 429) earlier = "clear";
      tell(error, seconds);
      await patience.clock.sleep(seconds * 1000, patience.signal);
    }
  }
}

function secondsToNextTry(
  step: Step,
  error: ApiError,
  tries: Tries,
  credentials: RunCredentials | undefined,
): number | undefined {
  if (step.op === "trust" && saysTrustExists(error)) {
    credentials?.forget(step.target.principal);
    return tries.afterLostRace();
  }
  return isLostRace(error) ? tries.afterLostRace() : tries.after(error);
}
