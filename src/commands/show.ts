import type { Fleet } from "../core/documents/fleet.ts";
import type { Plan } from "../core/documents/plan.ts";
import type { RunResult } from "../core/documents/runResult.ts";
import type { Scan } from "../core/documents/scan.ts";
import type { Verification } from "../core/documents/verification.ts";
import type { Source } from "../core/model.ts";
import type { Style } from "../output/text/layout.ts";
import type { Io, OutputFormat } from "./io.ts";

export type Document = Scan | Plan | Fleet | Verification | RunResult;

const linesAtOnce = 1000;

/** Prints a document in the format of `-o`; `named` are the clusters of one that does not say what they are called. */
export async function show(
  document: Document,
  { output }: { output: OutputFormat },
  io: Io,
  named: readonly Source[] = [],
): Promise<void> {
  if (output === "json") {
    const { jsonLines } = await import("../output/escape.ts");
    for (const lines of jsonLines(document)) io.print(lines);
    return;
  }
  const { clusterNames } = await import("../output/text/parts.ts");
  const lines = await textLines(document, { ...(await styleOf(io)), ...clusterNames(named) });
  for (let from = 0; from === 0 || from < lines.length; from += linesAtOnce)
    io.print(lines.slice(from, from + linesAtOnce).join("\n"));
}

export async function styleOf(io: Io): Promise<Style> {
  const { Chalk } = await import("chalk");
  return { color: new Chalk({ level: io.colors ? 1 : 0 }), columns: io.columns ?? 200 };
}

export async function textLines(document: Document, style: Style): Promise<string[]> {
  switch (document.kind) {
    case "Scan":
      return (await import("../output/text/scan.ts")).scanLines(document, style);
    case "Plan":
      return (await import("../output/text/plan.ts")).planLines(document, style);
    case "Fleet":
      return (await import("../output/text/fleet.ts")).fleetLines(document, style);
    case "Verification":
      return (await import("../output/text/verification.ts")).verificationLines(document, style);
    case "RunResult":
      return (await import("../output/text/runResult.ts")).runResultLines(document, style);
  }
}
