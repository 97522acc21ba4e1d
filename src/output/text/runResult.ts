import type { RunResult, StepOutcome } from "../../core/documents/runResult.ts";
import { text } from "../escape.ts";
import { count, type Style, wrap } from "./layout.ts";
import { usageName } from "./verification.ts";

/** How an apply ended: what went wrong or was refused, by name, and a sum. What went well was told while it happened. */
export function runResultLines(result: RunResult, style: Style): string[] {
  const { color } = style;
  const lines: string[] = [];
  for (const { usage, differences } of result.refused) {
    lines.push(color.red(`✗ ${text(usageName(usage))} is not as it was planned: none of its steps ran`));
    for (const difference of differences) lines.push(...wrap(text(difference), "    ", style));
  }
  const bad: readonly StepOutcome[] = ["failed", "drifted", "unknown", "stopped", "interrupted"];
  for (const step of result.steps.filter(one => bad.includes(one.outcome))) {
    lines.push(color.red(`✗ ${text(stepName(step.step))}: ${step.outcome}`));
    if (step.message !== undefined) lines.push(...wrap(text(step.message), "    ", style));
  }
  if (lines.length > 0) lines.push("");
  const { summary } = result;
  const parts = [
    [summary.applied, "applied"],
    [summary.unproven, "applied but unproven"],
    [summary.done, "done already"],
    [summary.manual, "left to you"],
    [summary.failed, "failed"],
    [summary.stopped, "stopped"],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  lines.push(`${color.bold("Apply:")} ${shown.length === 0 ? "nothing to do" : shown.join(", ")}.`);
  if (summary.refused > 0)
    lines.push(color.red(`${count(summary.refused, "workload was", "workloads were")} refused: plan again.`));
  if (summary.blocked > 0)
    lines.push(color.yellow(`${count(summary.blocked, "workload is", "workloads are")} blocked and untouched.`));
  return lines;
}

/** A step id without the cluster's uid: `shop/Deployment/cart (switch)`. */
export function stepName(id: string): string {
  const [path = "", stage = ""] = id.split("#");
  const rest = path.slice(path.indexOf("/") + 1);
  const credential = /userassignedidentities\/([^/]+)\/federatedidentitycredentials\/(.+)$/.exec(rest);
  return credential ? `federated credential ${credential[2]} on ${credential[1]}` : `${rest} (${stage})`;
}
