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
  // What a run that was interrupted has done is told whole; what is being told then is left off.
  const signal = io.signal.aborted ? undefined : io.signal;
  for await (const lines of groupsOfLines(document, output, io, named)) {
    io.print(lines);
    // What is printed faster than it is read waits in memory: tens of megabytes, for a pipe.
    await io.taken?.(signal);
    signal?.throwIfAborted();
  }
}

async function* groupsOfLines(
  document: Document,
  output: OutputFormat,
  io: Io,
  named: readonly Source[],
): AsyncGenerator<string> {
  if (output === "json") {
    const { jsonLines } = await import("../output/escape.ts");
    yield* jsonLines(document);
    return;
  }
  const { clusterNames } = await import("../output/text/parts.ts");
  const lines = await textLines(document, { ...(await styleOf(io)), ...clusterNames(named) });
  for (let from = 0; from === 0 || from < lines.length; from += linesAtOnce)
    yield lines.slice(from, from + linesAtOnce).join("\n");
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
