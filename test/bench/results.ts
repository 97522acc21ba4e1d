import { median } from "./rounds.ts";

/** One line of the table: a figure of ours, the partner's beside it, and what was aimed at. */
export interface Result {
  figure: string;
  ours: string;
  partner: string;
  partnerFigure: string;
  /** Of every round; one value where there was one run, none where the partner's figure is too small to divide by. */
  ratios: readonly number[];
  /** Where there is none, the line is for information. */
  goal?: { atMost: number } | { atLeast: number };
}

/** `1.24 s`, or below a second `240 ms`. */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The results as a table of plain text, one line each. */
export function table(results: readonly Result[]): string[] {
  const rows = [
    ["figure", "ours", "partner", "its figure", "ratio", "spread", "goal", ""],
    ...results.map(result => [
      result.figure,
      result.ours,
      result.partner,
      result.partnerFigure,
      ...ratioCells(result.ratios),
      ...goalCells(result),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function ratioCells(ratios: readonly number[]): string[] {
  if (ratios.length === 0) return ["", "within the noise"];
  const shown = (ratio: number) => ratio.toFixed(ratio < 10 ? 2 : 0);
  if (ratios.length === 1) return [shown(median(ratios)), "one run"];
  return [shown(median(ratios)), `${shown(Math.min(...ratios))} to ${shown(Math.max(...ratios))}`];
}

function goalCells({ goal, ratios }: Result): string[] {
  if (!goal) return ["", ""];
  if (ratios.length === 0) return [wordsOf(goal), "cannot be told"];
  const ratio = median(ratios);
  const met = "atMost" in goal ? ratio <= goal.atMost : ratio >= goal.atLeast;
  return [wordsOf(goal), met ? "met" : "not met"];
}

function wordsOf(goal: NonNullable<Result["goal"]>): string {
  return "atMost" in goal ? `<= ${goal.atMost}` : `>= ${goal.atLeast}`;
}
