import type { Scan } from "../../core/documents/scan.ts";
import { text } from "../escape.ts";
import { count, type Style, table, wrap } from "./layout.ts";
import { amongRead, clusterNames, findingLines, isTold, sourceLines } from "./parts.ts";

/** The inventory for people: sources, one line a usage, findings, and a sum. */
export function scanLines(scan: Scan, terminal: Style): string[] {
  const style = { ...terminal, ...clusterNames(scan.sources, scan.findings) };
  const { color } = style;
  const lines = scan.sources.flatMap(source => [...sourceLines(source, style), ""]);
  const severalSources = scan.sources.length > 1;
  const withPods = scan.sources.some(source => source.type === "cluster");
  const workloads = scan.usages.filter(isWorkload);
  if (workloads.length > 0) {
    const rows = workloads.map(usage => [
      ...(severalSources ? [text(sourceName(scan, usage.source))] : []),
      text(usage.workload.namespace ?? ""),
      text(`${usage.workload.kind}/${usage.workload.name}`),
      usage.state,
      ...(withPods ? [String(scan.observed.pods[usage.id] ?? 0)] : []),
      text(usage.serviceAccount ?? ""),
      text(identitiesOf(usage) || (usage.state === "unmatched" ? "none" : "not known")),
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
    lines.push(...usageTable(header, rows, workloads, style), "");
  }
  lines.push(...consumerLines(scan, style));
  const told = scan.findings.filter(isTold);
  if (told.length > 0) lines.push(color.bold("Findings"), ...findingLines(told, style), "");
  const quiet = scan.findings.length - told.length;
  const { unmatched } = scan.summary;
  const used = workloads.length - unmatched;
  const consumers = scan.usages.length - workloads.length;
  const sum = [
    used === 0
      ? `No workload uses pod identity${amongRead(scan.findings) || " here"}.`
      : `${count(used, "workload uses", "workloads use")} pod identity: ${statesOf(workloads)}.`,
    ...(consumers === 0
      ? []
      : [
          `${count(consumers, "object gets", "objects get")} tokens through a consumer: ${statesOf(scan.usages.filter(usage => !isWorkload(usage)))}.`,
        ]),
    ...(unmatched === 0
      ? []
      : [`${count(unmatched, "workload carries", "workloads carry")} its label, but no binding fits.`]),
    ...(quiet > 0 ? [`(And ${count(quiet, "note")}: -o json)`] : []),
  ].join(" ");
  lines.push(...wrap(sum, "", style));
  return lines;
}

type Usage = Scan["usages"][number];

/** Through consumers come objects that have no pods of their own. */
function isWorkload({ via }: Usage): boolean {
  return via === "label" || via === "emptySelector" || via === "exception";
}

function consumerLines(scan: Scan, style: Style): string[] {
  const usages = scan.usages.filter(usage => !isWorkload(usage));
  if (usages.length === 0) return [];
  const severalSources = scan.sources.length > 1;
  const rows = usages.map(usage => [
    ...(severalSources ? [text(sourceName(scan, usage.source))] : []),
    text(usage.workload.namespace ?? ""),
    text(`${usage.workload.kind}/${usage.workload.name}`),
    usage.state,
    text(usage.via),
    text(identitiesOf(usage) || "its pods'"),
  ]);
  const header = [...(severalSources ? ["SOURCE"] : []), "NAMESPACE", "OBJECT", "STATE", "THROUGH", "IDENTITY"];
  return [...usageTable(header, rows, usages, style), ""];
}

function usageTable(header: string[], rows: string[][], usages: readonly Usage[], style: Style): string[] {
  const { color } = style;
  const stateColumn = header.indexOf("STATE");
  const states = { legacy: color.yellow, both: color.cyan, migrated: color.green, unmatched: color.dim };
  const paint = (cell: string, column: number, row: number) => {
    if (row === 0) return color.bold(cell);
    const state = usages[row - 1]?.state;
    return column === stateColumn && state ? states[state](cell) : cell;
  };
  // The name stands before the state, for workloads and for objects.
  return table([header, ...rows], style, paint, stateColumn - 1);
}

function identitiesOf({ identities }: Usage): string {
  return identities.map(({ name, clientID, resourceID }) => name ?? clientID ?? resourceID ?? "").join(", ");
}

/** `2 legacy, 1 migrated` */
function statesOf(usages: readonly Usage[]): string {
  const names = { legacy: "legacy", both: "in between", migrated: "migrated" } as const;
  return (["legacy", "both", "migrated"] as const)
    .map(state => ({ name: names[state], number: usages.filter(usage => usage.state === state).length }))
    .filter(({ number }) => number > 0)
    .map(({ name, number }) => `${number} ${name}`)
    .join(", ");
}

function sourceName(scan: Scan, id: string): string {
  const source = scan.sources.find(one => one.id === id);
  return source === undefined ? id : source.type === "cluster" ? source.context : source.path;
}
