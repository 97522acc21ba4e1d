import type { Scan } from "../core/documents/scan.ts";
import { CommandError } from "../core/errors.ts";
import { idByAddress } from "../core/facts.ts";
import { fileProblem } from "../core/fileProblem.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import type { Source, SourceId } from "../core/model.ts";
import type { Io } from "./io.ts";
import { readText } from "./readText.ts";

/** What was there when a baseline was made. */
export interface Baseline {
  file: string;
  /** The state of each usage, by what names it in every run. */
  states: ReadonlyMap<string, string>;
  /** The clusters that could not be read then: their contexts, by what stands for their ids. */
  unread: ReadonlyMap<SourceId, string>;
}

/**
 * Reads a file that `scan -o json` wrote; what a newer version added to it is of no interest.
 *
 * @throws CommandError that names the file
 */
export async function readBaseline(file: string, io: Pick<Io, "cwd">): Promise<Baseline> {
  const hint = "Make one with: azwi-migrate scan -o json > baseline.json";
  let value: unknown;
  try {
    value = JSON.parse(await readText(file, io));
  } catch (error) {
    const problem = error instanceof SyntaxError ? `it is not JSON: ${error.message}` : fileProblem(error);
    throw new CommandError(`The baseline ${file} cannot be read: ${problem}`, { cause: error, hint });
  }
  const { checkBaseline, listed } = await import("./schemas.ts");
  const checked = checkBaseline(value);
  if ("problems" in checked)
    throw new CommandError(`The baseline ${file} is no scan of azwi-migrate: ${listed(checked.problems)}`, { hint });
  const { usages, findings } = checked.value;
  const unread = findings.flatMap(({ code, subject, args: { context = "" } }) =>
    code === "cluster-not-read" && subject ? [[subject.source, context] as const] : [],
  );
  return { file, states: new Map(usages.map(usage => [nameOf(usage), usage.state])), unread: new Map(unread) };
}

/** Everybody in a cluster that the baseline lacks would seem to be new. */
export function refuseUnread({ file, unread }: Baseline, sources: readonly Source[]): void {
  for (const source of sources) {
    const context = source.type === "cluster" ? unread.get(idByAddress(source.server)) : undefined;
    if (context === undefined) continue;
    throw new CommandError(
      `The baseline ${file} was made while the cluster of context ${context} could not be read: who was there is not in it`,
      { hint: "Make it anew: azwi-migrate scan -o json > baseline.json" },
    );
  }
}

const usesPodIdentity = new Set(["legacy", "both"]);

/** Who uses pod identity now and did not then, a finding each: workloads that were not there, and those that had left it. */
export function usersSince({ states }: Baseline, usages: Scan["usages"]): Finding[] {
  return usages
    .filter(usage => usesPodIdentity.has(usage.state))
    .filter(usage => !usesPodIdentity.has(states.get(nameOf(usage)) ?? "unmatched"))
    .map(({ source, workload }) => finding("usage-since-baseline", { subject: { source, ...workload } }, {}));
}

/** The id, of which files have the part behind their paths: the same folder may be named in another way, or be elsewhere. */
function nameOf({ id, source }: { id: string; source: SourceId }): string {
  return source.startsWith("files:") ? id.slice(source.length) : id;
}
