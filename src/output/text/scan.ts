import type { Scan } from "../../core/documents/scan.ts";
import { text } from "../escape.ts";
import { count, type Style, table, wrap } from "./layout.ts";
import { findingLines, isTold, sourceLines } from "./parts.ts";

/** The inventory for people: sources, one line a usage, findings, and a sum. */
export function scanLines(scan: Scan, style: Style): string[] {
  const { color } = style;
  const lines = scan.sources.flatMap(source => [...sourceLines(source, style), ""]);
  const severalSources = scan.sources.length > 1;
  const withPods = scan.sources.some(source => source.type === "cluster");
  if (scan.usages.length > 0) {
    const rows = scan.usages.map(usage => [
      ...(severalSources ? [text(sourceName(scan, usage.source))] : []),
      text(usage.workload.namespace ?? ""),
      text(`${usage.workload.kind}/${usage.workload.name}`),
      usage.state,
      ...(withPods ? [String(scan.observed.pods[usage.id] ?? 0)] : []),
      text(usage.serviceAccount),
      text(
        usage.identities.map(identity => identity.name).join(", ") ||
          (usage.state === "unmatched" ? "none" : "not known"),
      ),
    ]);
    const header = [
      ...(severalSources ? ["SOURCE"] : []),
      "NAMESPACE",
      "WORKLOAD",
      "STATE",
      ...(withPods ? ["PODS"] : []),
      "SERVICE ACCOUNT",
      "IDENTITY",
    ];
    const stateColumn = header.indexOf("STATE");
    const states = { legacy: color.yellow, both: color.cyan, migrated: color.green, unmatched: color.dim };
    lines.push(
      ...table([header, ...rows], style, (cell, column, row) => {
        if (row === 0) return color.bold(cell);
        const state = scan.usages[row - 1]?.state;
        return column === stateColumn && state ? states[state](cell) : cell;
      }),
      "",
    );
  }
  const told = scan.findings.filter(isTold);
  if (told.length > 0) lines.push(color.bold("Findings"), ...findingLines(told, style), "");
  const quiet = scan.findings.length - told.length;
  const { legacy, both, migrated, unmatched } = scan.summary;
  const states = [
    [legacy, "legacy"],
    [both, "in between"],
    [migrated, "migrated"],
  ] as const;
  const parts = states.filter(([number]) => number > 0).map(([number, name]) => `${number} ${name}`);
  const used = scan.usages.length - unmatched;
  const sum = [
    used === 0
      ? "No workload uses pod identity here."
      : `${count(used, "workload uses", "workloads use")} pod identity: ${parts.join(", ")}.`,
    ...(unmatched === 0
      ? []
      : [`${count(unmatched, "workload carries", "workloads carry")} its label, but no binding fits.`]),
    ...(quiet > 0 ? [`(And ${count(quiet, "note")}: -o json)`] : []),
  ].join(" ");
  lines.push(...wrap(sum, "", style));
  return lines;
}

function sourceName(scan: Scan, id: string): string {
  const source = scan.sources.find(one => one.id === id);
  return source === undefined ? id : source.type === "cluster" ? source.context : source.path;
}
