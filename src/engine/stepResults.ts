import type { StepOutcome, StepResult } from "../core/documents/runResult.ts";
import type { Step } from "../core/model.ts";

/** What a look at a stage says of a usage: its steps do not go on (`stopped`), or they do and count as `unproven`. */
export interface StageVerdict {
  outcome: "stopped" | "unproven";
  message: string;
}

/** What a step has come to. */
export function resultOf(step: Step, outcome: StepOutcome, message?: string): StepResult {
  return { step: step.id, usages: step.usages, outcome, ...(message === undefined ? {} : { message }) };
}

/** What was written while something of it could not be proven. */
export function asUnproven(result: StepResult, verdicts: readonly StageVerdict[]): StepResult {
  if (result.outcome !== "applied" && result.outcome !== "unproven") return result;
  const reasons = verdicts.filter(({ outcome }) => outcome === "unproven").map(({ message }) => message);
  if (reasons.length === 0) return result;
  const messages = new Set([...(result.message === undefined ? [] : [result.message]), ...reasons]);
  return { ...result, outcome: "unproven", message: [...messages].join("; ") };
}
