import type { RunResult, StepOutcome } from "../../core/documents/runResult.ts";
import type { Check } from "../../core/documents/verification.ts";
import { isNotChecked } from "../../core/findings/codes.ts";
import { proofSeverities } from "../../core/findings/proof.ts";
import { text } from "../escape.ts";
import { count, type Style, wrap } from "./layout.ts";
import { findingLines, inCluster } from "./parts.ts";
import { heldLines, holding, prepareOnlyTitle } from "./prepareOnly.ts";
import { sourceOf, usageName } from "./verification.ts";

/**
 * How an apply ended: what went wrong or was refused, by name, and a sum. What went well was told while it happened. The document
 * does not say what its clusters are called: the style does.
 */
export function runResultLines(result: RunResult, style: Style): string[] {
  const { color } = style;
  const lines: string[] = [];
  const isUnchecked = ({ differences }: RunResult["refused"][number]) =>
    differences.every(one => one.startsWith("not checked"));
  const unchecked = result.refused.filter(isUnchecked);
  if (unchecked.length > 0) {
    const why = result.findings.filter(one => isNotChecked(one.code));
    lines.push(color.bold("Not checked: nothing is changed for these"), ...findingLines(why, style));
  }
  const refused = result.refused.filter(one => !isUnchecked(one));
  const common = commonRights(refused);
  for (const { usage, differences } of refused) {
    const why = differences.every(isForWantOfRights) ? "needs rights that you lack" : "is not as it was planned";
    lines.push(
      color.red(`✗ ${text(usageName(usage))}${inCluster(sourceOf(usage), style)} ${why}: none of its steps ran`),
    );
    for (const difference of differences.filter(one => !common.has(one)))
      lines.push(...wrap(text(withStepNames(difference, style)), "    ", style));
  }
  if (common.size > 0) lines.push(color.red("✗ Each of these workloads needs beside that"));
  for (const right of common) lines.push(...wrap(text(right), "    ", style));
  const waiting = result.steps.filter(one => one.outcome === "git" || one.outcome === "manual" || one.waitsFor);
  if (waiting.length > 0) lines.push(color.bold("Left to you: the same command goes on from there"));
  for (const step of waiting) {
    const what =
      step.outcome === "git" ? "to be changed in its source" : step.waitsFor ? "waits" : "to be changed by hand";
    lines.push(color.yellow(`! ${text(stepName(step.step, style))}: ${what}`));
    if (step.message !== undefined) lines.push(...wrap(text(withStepNames(step.message, style)), "    ", style));
  }
  const bad: readonly StepOutcome[] = ["failed", "drifted", "unknown", "stopped", "interrupted"];
  for (const step of result.steps.filter(one => bad.includes(one.outcome) && !one.waitsFor)) {
    lines.push(color.red(`✗ ${text(stepName(step.step, style))}: ${step.outcome}`));
    if (step.message !== undefined) lines.push(...wrap(text(withStepNames(step.message, style)), "    ", style));
  }
  lines.push(...proofLines(result, style));
  const { prepareOnly = [] } = result;
  // Nothing is told of what has gone since it was planned.
  const held = holding(prepareOnly, result.findings);
  if (held.length > 0) lines.push(color.bold(prepareOnlyTitle), ...findingLines(held, style));
  if (lines.length > 0) lines.push("");
  const { summary } = result;
  const interrupted = result.steps.filter(step => step.outcome === "interrupted").length;
  const parts = [
    [summary.applied, "applied"],
    [summary.unproven, "applied but unproven"],
    [summary.done, "done already"],
    [summary.git, summary.git === 1 ? "left to its source" : "left to their sources"],
    [summary.manual, "left to you"],
    [summary.waiting, "waiting for that"],
    [summary.failed, "failed"],
    [summary.stopped - interrupted, "stopped"],
    [interrupted, "interrupted"],
  ] as const;
  const shown = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  lines.push(`${color.bold("Apply:")} ${shown.length === 0 ? "nothing to do" : shown.join(", ")}.`);
  const withoutRights = result.refused.filter(one => one.differences.every(isForWantOfRights)).length;
  const stale = result.refused.length - unchecked.length - withoutRights;
  if (withoutRights > 0)
    lines.push(color.red(`${count(withoutRights, "workload was", "workloads were")} refused for want of rights.`));
  if (stale > 0) lines.push(color.red(`${count(stale, "workload was", "workloads were")} refused: plan again.`));
  if (unchecked.length > 0) {
    lines.push(color.red(`${count(unchecked.length, "workload was", "workloads were")} not checked and not touched.`));
  }
  const untouched = summary.blocked - prepareOnly.length;
  if (untouched > 0)
    lines.push(color.yellow(`${count(untouched, "workload is", "workloads are")} blocked and untouched.`));
  if (prepareOnly.length > 0) {
    lines.push(...heldLines(prepareOnly, style));
    lines.push(
      ...wrap("Their pods are not switched. Once nothing blocks that any more, plan and apply again.", "", style),
    );
  }
  return lines;
}

/** The rights that all lack, as those for the records: told once. */
function commonRights(refused: RunResult["refused"]): Set<string> {
  const [first, ...others] = refused.map(({ differences }) => new Set(differences));
  if (!first || others.length === 0) return new Set();
  return new Set([...first].filter(one => isForWantOfRights(one) && others.every(differences => differences.has(one))));
}

/** What could not be proven before anything restarts, and why; what was is a matter of course. */
function proofLines({ proofs, findings }: RunResult, style: Style): string[] {
  const { color } = style;
  const open = proofs.filter(({ result }) => result !== "passed");
  if (open.length === 0) return [];
  const isProbe = ({ code }: Check) => code === "egress-probed";
  const head = ({ subject, usage, result }: Check, failed: string, notChecked: string) => {
    const name = text(subject) + inCluster(sourceOf(usage), style);
    return result === "failed" ? `${color.red("✗")} ${name}: ${failed}` : `${color.yellow("?")} ${name}: ${notChecked}`;
  };
  const exchanges = open
    .filter(check => !isProbe(check))
    .map(check => head(check, "Entra gives no token", "no token was exchanged, so unproven"));
  // Of probes no finding tells why.
  const probes = open
    .filter(isProbe)
    .flatMap(check => [
      head(check, "its probe pod got no token", "its probe pod proved nothing"),
      ...wrap(text(check.evidence), "    ", style),
    ]);
  return [
    ...new Set(exchanges),
    ...findingLines(
      findings.filter(({ code }) => code in proofSeverities),
      style,
    ),
    ...probes,
  ];
}

/** As the engine's preflight tells it. */
function isForWantOfRights(difference: string): boolean {
  return /^(not allowed|another tenant): /.test(difference);
}

/** What a step id means to people: `Deployment shop/cart in aks-west`, `federated credential shop-cart-1a2b on cart`. */
export function stepName(id: string, style: Pick<Style, "clusters">): string {
  const [path = ""] = id.split("#");
  const credential = /userassignedidentities\/([^/]+)\/federatedidentitycredentials\/(.+)$/.exec(path);
  return credential
    ? `federated credential ${credential[2]} on ${credential[1]}`
    : usageName(path) + inCluster(sourceOf(path), style);
}

/** Messages name steps by their ids, for scripts. */
export function withStepNames(message: string, style: Pick<Style, "clusters">): string {
  return message.replace(/[^\s"]+#(?:prepare|switch|cleanup)/g, id => stepName(id, style));
}
