import type { StepResult } from "../core/documents/runResult.ts";
import { type ExchangeProof, notExchanged } from "../core/exchange/exchangeProof.ts";
import type { ExchangePace } from "../core/exchange/exchangeSchedule.ts";
import {
  type ExchangeSubject,
  identityNameOf,
  isPrepared,
  unpreparedReason,
} from "../core/exchange/exchangeSubjects.ts";
import type { Stage, Step } from "../core/model.ts";
import { proveExchanges } from "./exchange.ts";
import type { ExchangePorts } from "./exchangeAttempts.ts";
import { good } from "./missingDependency.ts";
import type { Driver } from "./ports.ts";
import type { StageCheck } from "./run.ts";
import type { StageVerdict } from "./stepResults.ts";

export interface AfterPrepare {
  /** Of all usages of the run. */
  subjects: readonly ExchangeSubject[];
  steps: readonly Step[];
  stages: readonly Stage[];
  pace: ExchangePace;
}

/**
 * The proof before any restart: what stage prepare wrote, now or in an earlier run, is tried before stage switch relies on it.
 * Usages whose tokens Entra refuses go no further; those that could not be tried go on, and end unproven. Every proof that is
 * made is put into `proofs`.
 */
export function exchangeAfterPrepare(
  about: AfterPrepare,
  { ports, driver, proofs }: { ports: ExchangePorts; driver: Driver; proofs: ExchangeProof[] },
): StageCheck {
  return async (stage, results) => {
    if (stage !== "prepare") return new Map();
    const usages = usagesToProve(about, results);
    const subjects = about.subjects.flatMap(subject => {
      const ofSubject = subject.usages.filter(usage => usages.has(usage));
      return ofSubject.length > 0 ? [{ ...subject, usages: ofSubject }] : [];
    });
    // Without stage prepare a credential that is missing stays so: who needs it is told which stage to run first. Where it comes
    // from elsewhere meanwhile, nothing was proven of it all the same.
    const isTried = (subject: ExchangeSubject) => about.stages.includes("prepare") || isPrepared(subject);
    const untried = subjects.filter(subject => !isTried(subject)).map(one => notExchanged(one, unpreparedReason));
    const written = writtenPrincipals(about.steps, results, ports.clock.now());
    proofs.push(...(await proveExchanges(subjects.filter(isTried), ports, driver, { pace: about.pace, written })));
    return verdicts([...proofs, ...untried]);
  };
}

/**
 * Who got something in stage prepare, and who is about to be switched, unless something that it needs is not there. Where
 * nothing was written and nothing will restart, nothing is proven: a second apply stays quick.
 */
export function usagesToProve(
  { steps, stages }: Pick<AfterPrepare, "steps" | "stages">,
  results: ReadonlyMap<string, StepResult>,
): Set<string> {
  const usages = new Set<string>();
  const unfinished = new Set<string>();
  for (const step of steps) {
    const outcome = results.get(step.id)?.outcome;
    const isWritten = step.stage === "prepare" && outcome === "applied";
    const isToBeSwitched = step.stage === "switch" && step.route === "live" && stages.includes("switch");
    const isUnfinished = step.stage === "prepare" && outcome !== undefined && !good.includes(outcome);
    for (const usage of step.usages) {
      if (isWritten || isToBeSwitched) usages.add(usage);
      if (isUnfinished) unfinished.add(usage);
    }
  }
  for (const usage of unfinished) usages.delete(usage);
  return usages;
}

/** The end of the stage stands for the last write, which was not later. */
function writtenPrincipals(
  steps: readonly Step[],
  results: ReadonlyMap<string, StepResult>,
  now: number,
): Map<string, number> {
  const written = new Map<string, number>();
  for (const step of steps) {
    const isWritten = step.op === "trust" && results.get(step.id)?.outcome === "applied";
    if (isWritten) written.set(step.target.principal, now);
  }
  return written;
}

function verdicts(proofs: readonly ExchangeProof[]): Map<string, StageVerdict> {
  const found = new Map<string, StageVerdict>();
  for (const { subject, result, evidence } of proofs) {
    if (result === "passed") continue;
    const what = `no token was exchanged for ${identityNameOf(subject)}: ${evidence}`;
    for (const usage of subject.usages) {
      if (result === "failed") found.set(usage, { outcome: "stopped", message: what });
      else if (found.get(usage)?.outcome !== "stopped") found.set(usage, { outcome: "unproven", message: what });
    }
  }
  return found;
}
