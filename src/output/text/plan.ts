import { estimateAzure } from "../../core/azure/azureEstimate.ts";
import { blockedFrom, heldOf } from "../../core/blocked.ts";
import { partialsOf } from "../../core/changes/change.ts";
import type { Plan } from "../../core/documents/plan.ts";
import type { Finding, ObjectRef, Step } from "../../core/model.ts";
import { changesDiff } from "../diff.ts";
import { text } from "../escape.ts";
import { explain } from "../messages.ts";
import { estimateText } from "./estimate.ts";
import { count, type Style, wrap } from "./layout.ts";
import { amongRead, clusterNames, findingLines, inCluster, isTold, objectName, sourceLines } from "./parts.ts";
import { heldLines, holding, prepareOnlyTitle } from "./prepareOnly.ts";

const stageTitles = {
  prepare: "Stage prepare: Azure, service accounts and role bindings; no pod restarts",
  switch: "Stage switch: pod templates; pods restart",
  cleanup: "Stage cleanup: pod identity goes",
} as const;

/** The plan for people: each change as a diff with the reason for it, what is blocked, what was not checked, and a sum. */
export function planLines(plan: Plan, terminal: Style): string[] {
  const style = { ...terminal, ...clusterNames(plan.sources, plan.findings) };
  const { color } = style;
  const lines = plan.sources.flatMap(source => [...sourceLines(source, style), ""]);
  const lookup = lookupOf(plan);
  for (const stage of ["prepare", "switch", "cleanup"] as const) {
    const steps = plan.steps.filter(step => step.stage === stage);
    if (steps.length === 0) continue;
    lines.push(color.bold(stageTitles[stage]), "");
    for (const step of steps) lines.push(...stepLines(step, plan, { style, lookup }), "");
  }
  return [...lines, ...sections(plan, style), ...summaryLines(plan, style)];
}

/** A plan of a big cluster has tens of thousands of each. */
interface Lookup {
  findings: ReadonlyMap<string, Plan["findings"]>;
  reasons: ReadonlyMap<string, readonly string[]>;
  usages: ReadonlySet<string>;
}

function lookupOf({ findings, mappings, usages }: Plan): Lookup {
  const bySubject = new Map<string, Plan["findings"]>();
  for (const one of findings) {
    if (one.subject === undefined) continue;
    const known = bySubject.get(keyOf(one.subject));
    if (known) known.push(one);
    else bySubject.set(keyOf(one.subject), [one]);
  }
  return {
    findings: bySubject,
    reasons: new Map(mappings.map(({ usage, reasons }) => [usage, reasons])),
    usages: new Set(usages.map(usage => usage.id)),
  };
}

function keyOf({ source, kind, namespace, name }: Partial<ObjectRef>): string {
  return JSON.stringify([source, kind, namespace, name]);
}

function stepLines(step: Step, plan: Plan, { style, lookup }: { style: Style; lookup: Lookup }): string[] {
  const { color } = style;
  const codes = new Set(step.usages.flatMap(usage => lookup.reasons.get(usage) ?? []));
  const about = "apiVersion" in step.target ? (lookup.findings.get(keyOf(step.target)) ?? []) : [];
  const reasons = about.filter(one => codes.has(one.code));
  return [
    `  ${title(step, lookup, style)}`,
    ...reasons.flatMap(one =>
      wrap(`# ${explain(one as unknown as Finding)}`, "  ", style).map(line => color.dim(line)),
    ),
    ...bodyLines(step, style).map(line => `    ${line}`),
    ...dryRunLines(step, plan, style),
  ];
}

function title(step: Step, lookup: Lookup, style: Style): string {
  const { color } = style;
  const here = inCluster(step.target.source, style);
  switch (step.op) {
    case "trust":
      return `${color.green("+")} ${color.bold(`federated credential ${text(step.target.name)}`)} is added`;
    case "bind":
      return `${color.green("+")} ${color.bold(`identity binding ${text(step.target.name)}`)} is added to the AKS cluster`;
    case "create":
      return `${color.green("+")} ${color.bold(objectName(step.target))}${here} is ${step.route === "git" ? "to be added to the manifests" : "created"}`;
    case "patch":
      return `${color.yellow("~")} ${color.bold(objectName(step.target))}${here} is ${step.route === "git" ? "to be changed in its source" : "changed"}${restartNote(step, lookup)}`;
    case "manual":
      return `${color.magenta("→")} ${color.bold(objectName(step.target))}${here} needs a hand`;
  }
}

function restartNote(step: Step, { usages }: Lookup): string {
  return step.restartsPods && step.usages.some(usage => usages.has(usage)) ? ", its pods restart" : "";
}

function bodyLines(step: Step, { color }: Style): string[] {
  switch (step.op) {
    case "trust": {
      const { principal, issuer, subject, audience } = step.trust;
      const what = principal.startsWith("/") ? { identity: principal } : { application: principal };
      const width = principal.startsWith("/") ? 10 : 13;
      return Object.entries({ ...what, issuer, subject, audience }).map(([key, value]) =>
        color.green(`+ ${`${key}:`.padEnd(width)}${text(value)}`),
      );
    }
    case "bind": {
      const { principal: identity, cluster } = step.target;
      return Object.entries({ identity, cluster }).map(([key, value]) =>
        color.green(`+ ${`${key}:`.padEnd(10)}${text(value)}`),
      );
    }
    case "create":
      return changesDiff("", undefined, step.object, color).slice(1);
    case "patch":
    case "manual": {
      const { before, after } = partialsOf(step.changes);
      return changesDiff("", before, after, color).slice(1);
    }
  }
}

function dryRunLines(step: Step, plan: Plan, style: Style): string[] {
  const { color } = style;
  return [
    ["server", plan.observed.dryRuns[step.id]],
    ["pods", plan.observed.dryRuns[`${step.id}/pod`]],
  ].flatMap(([what, dryRun]) => {
    if (dryRun === undefined || typeof dryRun === "string") return [];
    const adds = dryRun.adds ? `: adds ${dryRun.adds.map(text).join(", ")}` : "";
    const message = dryRun.message === undefined ? "" : `: ${text(dryRun.message)}`;
    const line = `dry run (${String(what)}): ${dryRun.result}${message}${adds}`;
    const paint = dryRun.result === "refused" ? color.red : dryRun.result === "accepted" ? color.dim : color.yellow;
    // Not the function itself: it would join what map passes beside the line.
    return wrap(line, "    ", style).map(one => paint(one));
  });
}

/** What stands in the way, what could not be looked at, and what else is odd. */
function sections(plan: Plan, style: Style): string[] {
  const held = holding(heldOf(plan.mappings), plan.findings);
  const heldBack = new Set(held);
  const blocks = new Set(plan.mappings.flatMap(mapping => blockedFrom(mapping, "switch")));
  const unchecked = new Set(plan.mappings.flatMap(mapping => mapping.notChecked));
  const reasons = new Set(plan.mappings.flatMap(mapping => mapping.reasons));
  const blocked = plan.findings.filter(one => blocks.has(one.code) && !heldBack.has(one));
  const notChecked = plan.findings.filter(one => unchecked.has(one.code) && !blocks.has(one.code));
  const rest = plan.findings.filter(
    one => !blocks.has(one.code) && !unchecked.has(one.code) && !reasons.has(one.code) && isTold(one),
  );
  return [
    ["Blocked: nothing is changed for these", blocked],
    [prepareOnlyTitle, held],
    ["Not checked: apply refuses these until they are", notChecked],
    ["Findings", rest],
  ].flatMap(([name, findings]) =>
    typeof findings === "string" || findings === undefined || findings.length === 0
      ? []
      : [style.color.bold(String(name)), ...findingLines(findings, style), ""],
  );
}

function summaryLines(plan: Plan, style: Style): string[] {
  const { color } = style;
  const { summary, steps, mappings, usages } = plan;
  const lines: string[] = [];
  const between = usages.filter(usage => usage.state === "both").length;
  if (steps.length === 0) {
    if (summary.blocked > 0) lines.push("Nothing to do for what is not blocked.");
    else if (summary.notChecked > 0) lines.push("No change is known: what it would rest on could not be read.");
    else if (usages.length === 0) lines.push(...wrap(nobodyChosen(plan), "", style));
    else if (summary.done === 0) lines.push("Nothing to do.");
    else if (between > 0) {
      const still = count(between, "workload still has", "workloads still have");
      lines.push(
        ...wrap(
          `Nothing is left to write, but ${still} pods without workload identity: apply waits for their rollout.`,
          "",
          style,
        ),
      );
    } else
      lines.push(
        color.green(
          `Nothing to do: ${count(mappings.length, "workload is", "workloads are")} on workload identity as planned.`,
        ),
      );
  } else {
    const parts = [
      [summary.trust, `${count(summary.trust, "federated credential")} to add`],
      [summary.bind ?? 0, `${count(summary.bind ?? 0, "identity binding")} to add`],
      [summary.create, `${summary.create} to create`],
      [summary.patch, `${summary.patch} to change`],
      [summary.git, `${summary.git} of these in Git or another source`],
      [summary.manual, `${summary.manual} by hand`],
      [summary.done, `${summary.done} done already`],
    ] as const;
    const shown = parts.filter(([number]) => number > 0).map(([, what]) => what);
    const restarts =
      summary.restarts > 0 ? `; ${count(summary.restarts, "workload restarts", "workloads restart")}` : "";
    lines.push(...wrap(`Plan: ${shown.join(", ")}${restarts}.`, "", style).map(line => color.bold(line)));
    const estimate = estimateAzure(steps);
    if (estimate) lines.push(...wrap(estimateText(estimate), "", style));
  }
  const held = heldOf(mappings);
  const blocked = summary.blocked - held.length;
  if (blocked > 0) lines.push(color.red(`${count(blocked, "workload is", "workloads are")} blocked.`));
  lines.push(...heldLines(held, style));
  if (summary.notChecked > 0) {
    lines.push(color.yellow(`${count(summary.notChecked, "workload")} could not be checked in full.`));
  }
  return lines;
}

/** A namespace that is misspelt has no workloads either: what was looked for is said. */
function nobodyChosen({ decisions: { namespaces, selector }, findings }: Plan): string {
  const among = amongRead(findings);
  const where = [
    namespaces === undefined
      ? ""
      : ` in ${namespaces.length === 1 ? "namespace" : "namespaces"} ${namespaces.map(text).join(", ")}`,
    selector === undefined ? "" : ` with labels ${text(selector)}`,
  ].join("");
  return `Nothing to do: no workload${where === "" && among === "" ? " here" : where} uses pod identity${among}.`;
}
