import { type Static, Type } from "@sinclair/typebox";
import * as parts from "./parts.ts";
import { Count } from "./scan.ts";
import { Check } from "./verification.ts";

/**
 * How a step ended. `applied`: written by this run. `done`: was so already. `git` and `manual`: not done yet, and nothing that this
 * run may do (the step's route). `stopped`: a step it depends on did not end well, or is still to be done by people (`waitsFor`).
 * `unproven`: written, but no pod has run with it (zero replicas, CronJobs, pods that do not roll by themselves), or no token
 * could be exchanged before.
 */
export const StepOutcome = Type.Union(
  (
    ["applied", "unproven", "done", "git", "manual", "drifted", "unknown", "failed", "stopped", "interrupted"] as const
  ).map(outcome => Type.Literal(outcome)),
);
export type StepOutcome = Static<typeof StepOutcome>;

export const StepResult = parts.object({
  step: Type.String(),
  usages: parts.Strings,
  outcome: StepOutcome,
  waitsFor: Type.Optional(
    Type.Union([Type.Literal("git"), Type.Literal("manual")], {
      description: "of a stopped step: nothing went wrong, it goes on when people have done what it depends on",
    }),
  ),
  message: Type.Optional(Type.String()),
});
export type StepResult = Static<typeof StepResult>;

export const RunResult = parts.object({
  ...parts.header("RunResult"),
  run: Type.String(),
  steps: Type.Array(StepResult),
  proofs: Type.Array(Check, { description: "what was tried before anything restarts" }),
  refused: Type.Array(parts.object({ usage: Type.String(), differences: parts.Strings })),
  prepareOnly: Type.Optional(
    Type.Array(parts.object({ usage: Type.String(), switchBlockedBy: Type.Array(parts.FindingCode) }), {
      description: "of the blocked, as planned: those whose stage switch alone is",
    }),
  ),
  findings: Type.Array(parts.Finding),
  summary: parts.object({
    applied: Count,
    unproven: Count,
    done: Count,
    git: Count,
    manual: Count,
    failed: Count,
    stopped: Count,
    waiting: Count,
    refused: Count,
    blocked: Count,
  }),
});
export type RunResult = Static<typeof RunResult>;
