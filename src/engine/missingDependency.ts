import type { StepOutcome, StepResult } from "../core/documents/runResult.ts";
import type { Stage, Step } from "../core/model.ts";

/** Outcomes with which a step is there. */
export const good: readonly StepOutcome[] = ["applied", "unproven", "done"];

/** Why a step does not go on. `waitsFor`: nothing went wrong, people have to act first. */
export interface Missing {
  message: string;
  waitsFor?: Required<Pick<StepResult, "waitsFor">>;
}

/** What a run knows when a step's turn has come. */
export interface RunSoFar {
  /** By id. */
  steps: ReadonlyMap<string, Step>;
  results: ReadonlyMap<string, StepResult>;
  /** Those of this run. */
  stages: readonly Stage[];
  /** Looks. */
  isDone(step: Step): Promise<boolean>;
}

/** Who has to do what, as the plan shows it. */
const leftToPeople = {
  git: "has to be changed in its source (Git, a chart, a program) first",
  manual: "has to be changed by hand first",
} as const;

/**
 * What a step depends on and is not there; undefined where nothing is missing. A dependency that was not part of this run (another
 * stage, or refused) counts when it is seen to be done. What went wrong is told before what people have still to do.
 */
export async function missingDependency(step: Step, soFar: RunSoFar): Promise<Missing | undefined> {
  let waits: Missing | undefined;
  for (const id of step.dependsOn) {
    const missing = await missingOf(id, soFar);
    if (missing && !missing.waitsFor) return missing;
    waits ??= missing;
  }
  return waits;
}

async function missingOf(id: string, { steps, results, stages, isDone }: RunSoFar): Promise<Missing | undefined> {
  const dependency = steps.get(id);
  const result = results.get(id);
  if (result && good.includes(result.outcome)) return undefined;
  if (result?.waitsFor) return { message: `${id} waits itself`, waitsFor: { waitsFor: result.waitsFor } };
  if (!result && dependency && (await isDone(dependency))) return undefined;
  const isForPeople = !result || result.outcome === "git" || result.outcome === "manual";
  if (dependency && dependency.route !== "live" && isForPeople)
    return { message: `${id} ${leftToPeople[dependency.route]}`, waitsFor: { waitsFor: dependency.route } };
  if (result) return { message: `${id} ended as ${result.outcome}` };
  const isEarlier = dependency && !stages.includes(dependency.stage);
  return { message: `${id} has not been done${isEarlier ? `: run stage ${dependency.stage} first` : ""}` };
}
