import type { Plan } from "../core/documents/plan.ts";
import type { RunResult, StepResult } from "../core/documents/runResult.ts";
import { type ExchangeProof, exchangeChecks, findingsOfProofs } from "../core/exchangeProof.ts";
import type { Finding } from "../core/model.ts";
import { findingsOf, type Judgement, planDocument } from "../core/reports.ts";
import { version } from "../version.ts";

/** The same plan gives the same name, on any machine: an interrupted run finds its own records again. */
export function runName(plan: Plan): string {
  return `run-${plan.contentHash.slice("sha256:".length, "sha256:".length + 12)}`;
}

/** How every step ended, and what was not begun. */
export function runResultDocument(parts: {
  plan: Plan;
  judgement: Judgement;
  results: readonly StepResult[];
  proofs: readonly ExchangeProof[];
  refused: RunResult["refused"];
}): RunResult {
  const { plan, judgement, results, proofs, refused } = parts;
  const findings = planDocument(judgement, version).findings as Finding[];
  const count = (...outcomes: StepResult["outcome"][]) =>
    results.filter(result => outcomes.includes(result.outcome)).length;
  const waiting = results.filter(result => result.outcome === "stopped" && result.waitsFor).length;
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "RunResult",
    toolVersion: version,
    run: runName(plan),
    steps: [...results],
    proofs: exchangeChecks(proofs),
    refused,
    findings: findingsOf(judgement, [...findings, ...findingsOfProofs(proofs)]),
    summary: {
      applied: count("applied"),
      unproven: count("unproven"),
      done: count("done"),
      git: count("git"),
      manual: count("manual"),
      failed: count("failed", "drifted", "unknown"),
      stopped: count("stopped", "interrupted") - waiting,
      waiting,
      refused: refused.length,
      blocked: plan.summary.blocked,
    },
  };
}
