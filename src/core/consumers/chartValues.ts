import { isEqual } from "../changes/change.ts";
import { isRecord, type Json } from "../kubernetes.ts";
import type { Change } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import { partOf } from "./read.ts";
import type { ReleaseValues } from "./releases.ts";

/** Values of a chart that mean pod identity, and what they become. */
export interface ChartSetting {
  path: readonly string[];
  /** Absent: any text that stands there. */
  is?: Json;
  becomes: readonly { path: readonly string[]; value?: Json }[];
}

/** What values say of pod identity: whether something has still to be changed, and what of that can be named exactly. */
export interface ValuesVerdict {
  state: "legacy" | "migrated";
  changes: Change[];
}

/**
 * Undefined where no value means pod identity. The label counts wherever it stands, whatever the chart: it is pod identity's own
 * name. It stays until cleanup, with workload identity's beside it.
 */
export function verdictOf(
  all: readonly ReleaseValues[],
  settings: readonly ChartSetting[] = [],
): ValuesVerdict | undefined {
  const found = all.flatMap(one =>
    typeof one.values === "string" ? inText(one.values, settings) : inMap(one, settings),
  );
  if (found.length === 0) return undefined;
  return {
    state: found.every(one => one.state === "migrated") ? "migrated" : "legacy",
    changes: found.flatMap(({ changes }) => changes),
  };
}

function inMap({ values, path = [] }: ReleaseValues, settings: readonly ChartSetting[]): ValuesVerdict[] {
  const legacy = settings.filter(({ path: at, is }) => {
    const value = partOf(values, ...at);
    return is === undefined ? typeof value === "string" && value !== "" : isEqual(value, is);
  });
  const wanted = [...legacy.map(({ becomes }) => becomes), ...labelPlaces(values).map(whatBecomes)];
  return wanted.map((becomes): ValuesVerdict => {
    const changes = becomes?.flatMap(({ path: at, value }): Change[] => {
      const before = partOf(values, ...at) as Json | undefined;
      if (isEqual(before, value)) return [];
      return [
        {
          path: [...path, ...at],
          ...(before === undefined ? {} : { before }),
          ...(value === undefined ? {} : { after: value }),
        },
      ];
    });
    return { state: changes?.length === 0 ? "migrated" : "legacy", changes: changes ?? [] };
  });
}

/** Where the label stands among others, the new one has a place beside it; what a chart makes of its own values nobody knows. */
function whatBecomes({ path, isInList }: LabelPlace): ChartSetting["becomes"] | undefined {
  if (isInList || !path.some(key => /labels$/i.test(key))) return undefined;
  return [{ path: [...path, useLabel], value: "true" }];
}

/** A map that holds the label. */
interface LabelPlace {
  path: readonly string[];
  /** List items have no keys by which a change could name them. */
  isInList: boolean;
}

/** No chart's values are nested so deep; a foreign object's may be. */
const deepest = 50;

function labelPlaces(values: unknown, { path, isInList }: LabelPlace = { path: [], isInList: false }): LabelPlace[] {
  if (path.length > deepest) return [];
  if (Array.isArray(values)) return values.flatMap(one => labelPlaces(one, { path: [...path, ""], isInList: true }));
  if (!isRecord(values)) return [];
  const label = Object.hasOwn(values, bindingLabel) ? values[bindingLabel] : undefined;
  return [
    ...(typeof label === "string" && label !== "" ? [{ path, isInList }] : []),
    ...Object.entries(values).flatMap(([key, value]) =>
      typeof value === "object" ? labelPlaces(value, { path: [...path, key], isInList }) : [],
    ),
  ];
}

/** YAML as text is not parsed: its keys in their order tell enough, and nothing of it is shown. */
function inText(text: string, settings: readonly ChartSetting[]): ValuesVerdict[] {
  const label: ChartSetting = { path: [bindingLabel], becomes: [{ path: [useLabel], value: "true" }] };
  const lines = text.replace(/(^|\s)#.*$/gm, "$1");
  return [label, ...settings]
    .filter(({ path, is }) => says(lines, path, is))
    .map(({ becomes }) => {
      const isDone = becomes.every(({ path, value }) => value === undefined || says(lines, path, value));
      return { state: isDone ? "migrated" : "legacy", changes: [] };
    });
}

function says(text: string, path: readonly string[], is: Json | undefined): boolean {
  const [last = "", ...parents] = [...path].reverse();
  let from = 0;
  for (const parent of parents.reverse()) {
    const found = keyIn(parent, "(?=[.:\"'\\s])", from).exec(text);
    if (!found) return false;
    from = found.index + found[0].length;
  }
  const value = is === undefined ? "[^\\s\"'{}]" : `${escaped(String(is))}(?![\\w-])`;
  return keyIn(last, `["']?[ \\t]*:[ \\t]*["']?${value}`, from).test(text);
}

function keyIn(key: string, then: string, from: number): RegExp {
  const pattern = new RegExp(`(?<![\\w-])${escaped(key)}${then}`, "g");
  pattern.lastIndex = from;
  return pattern;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
