import { heldOf } from "../core/blocked.ts";
import type { RunResult, StepResult } from "../core/documents/runResult.ts";
import { type ExchangeProof, exchangeChecks, findingsOfProofs } from "../core/exchange/exchangeProof.ts";
import { type ProbeProof, probeChecks } from "../core/probe/probeTargets.ts";
import { type Judgement, planFindings } from "../core/reports.ts";
import { version } from "../version.ts";
import type { WorkPlan } from "./work.ts";

/** The same plan gives the same name, on any machine: an interrupted run finds its own records again. */
export function runName(plan: Pick<WorkPlan, "contentHash">): string {
  return `run-${plan.contentHash.slice("sha256:".length, "sha256:".length + 12)}`;
}

/** How every step ended, and what was not begun. */
export function runResultDocument(parts: {
  plan: WorkPlan;
  judgements: readonly Judgement[];
  results: readonly StepResult[];
  proofs: readonly ExchangeProof[];
  probes: readonly ProbeProof[];
  refused: RunResult["refused"];
}): RunResult {
  const { plan, judgements, results, proofs, probes, refused } = parts;
  const count = (...outcomes: StepResult["outcome"][]) =>
    results.filter(result => outcomes.includes(result.outcome)).length;
  const waiting = results.filter(result => result.outcome === "stopped" && result.waitsFor).length;
  const notRun = new Set(refused.map(({ usage }) => usage));
  const prepareOnly = heldOf(plan.mappings).filter(({ usage }) => !notRun.has(usage));
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "RunResult",
    toolVersion: version,
    run: runName(plan),
    steps: [...results],
    proofs: [...exchangeChecks(proofs), ...probeChecks(probes)],
    refused,
    ...(prepareOnly.length > 0 ? { prepareOnly } : {}),
    findings: judgements.flatMap(judgement => findingsWith(proofs, judgement)),
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

/** What a plan would tell now, and what the proofs of its clusters showed. */
function findingsWith(proofs: readonly ExchangeProof[], judgement: Judgement): RunResult["findings"] {
  const sources = new Set(judgement.facts.sources.map(source => source.id));
  const own = proofs.filter(({ subject }) => sources.has(subject.source));
  return planFindings(judgement, findingsOfProofs(own));
}
