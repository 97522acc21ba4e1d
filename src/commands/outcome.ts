import type { Fleet } from "../core/documents/fleet.ts";
import type { Plan } from "../core/documents/plan.ts";
import type { RunResult } from "../core/documents/runResult.ts";
import type { Verification } from "../core/documents/verification.ts";
import { type ExitCode, exitCodes } from "../core/errors.ts";
import { unreadableCodes } from "../core/findings/reading.ts";

/** What could not be read: the rest is shown, and the exit code says that there was more. Templates do not count. */
export function readingOutcome({ findings }: { findings: readonly { code: string; severity: string }[] }): ExitCode {
  return findings.some(one => one.severity === "error" && unreadableCodes.has(one.code))
    ? exitCodes.failed
    : exitCodes.ok;
}

export function planOutcome(plan: Plan): ExitCode {
  const reading = readingOutcome(plan);
  if (reading !== exitCodes.ok) return reading;
  if (plan.summary.blocked > 0) return exitCodes.blocked;
  if (plan.steps.some(step => step.route !== "manual")) return exitCodes.pending;
  // "Nothing to do" must not be said of what could not be looked at.
  return plan.summary.notChecked > 0 ? exitCodes.stale : exitCodes.ok;
}

export function fleetOutcome(fleet: Fleet): ExitCode {
  const { plans, findings } = fleet;
  const reading = readingOutcome(fleet);
  if (reading !== exitCodes.ok) return reading;
  const isTooMuch = findings.some(one => one.code === "credential-budget-exceeded");
  return isTooMuch || plans.some(plan => plan.summary.blocked > 0) ? exitCodes.blocked : exitCodes.ok;
}

export function verificationOutcome(verification: Verification): ExitCode {
  const reading = readingOutcome(verification);
  if (reading !== exitCodes.ok) return reading;
  return verification.summary.failed > 0 ? exitCodes.blocked : exitCodes.ok;
}

export function runOutcome(result: RunResult): ExitCode {
  const outcomes = new Set(result.steps.map(step => step.outcome));
  if (outcomes.has("interrupted")) return exitCodes.interrupted;
  const isRefuted = result.proofs.some(proof => proof.result === "failed");
  if (outcomes.has("failed") || isRefuted || readingOutcome(result) !== exitCodes.ok) return exitCodes.failed;
  if (outcomes.has("drifted") || outcomes.has("unknown") || result.summary.refused > 0) return exitCodes.stale;
  // Nothing went wrong, but a step waits for one that was not part of this run: --stage switch before prepare. What people have to
  // do first (Git, a controller's resource) is no failure: the same command goes on from there.
  if (result.steps.some(step => step.outcome === "stopped" && !step.waitsFor)) return exitCodes.failed;
  return result.summary.blocked > 0 ? exitCodes.blocked : exitCodes.ok;
}
