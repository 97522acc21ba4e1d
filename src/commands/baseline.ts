import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Scan } from "../core/documents/scan.ts";
import { CommandError } from "../core/errors.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { fileProblem } from "./fileProblem.ts";
import type { Io } from "./io.ts";

/** What was there when a baseline was made: for each usage its state, by id. */
export type Baseline = ReadonlyMap<string, string>;

/**
 * Reads a file that `scan -o json` wrote; what a newer version added to it is of no interest.
 *
 * @throws CommandError that names the file
 */
export async function readBaseline(file: string, io: Pick<Io, "cwd">): Promise<Baseline> {
  const hint = "Make one with: azwi-migrate scan -o json > baseline.json";
  let value: unknown;
  try {
    value = JSON.parse(await readFile(resolve(io.cwd, file), "utf8"));
  } catch (error) {
    const problem = error instanceof SyntaxError ? `it is not JSON: ${error.message}` : fileProblem(error);
    throw new CommandError(`The baseline ${file} cannot be read: ${problem}`, { cause: error, hint });
  }
  const { checkBaseline } = await import("./schemas.ts");
  const checked = checkBaseline(value);
  if ("problems" in checked)
    throw new CommandError(`The baseline ${file} is no scan of azwi-migrate: ${checked.problems.join("; ")}`, { hint });
  const unread = checked.value.findings.find(one => one.code === "cluster-not-read");
  if (unread) {
    const { context = "" } = unread.args;
    throw new CommandError(
      `The baseline ${file} was made while the cluster of context ${context} could not be read: who was there is not in it`,
      { hint: `Make it anew once the cluster can be read. ${hint}` },
    );
  }
  return new Map(checked.value.usages.map(({ id, state }) => [id, state]));
}

const usesPodIdentity = new Set(["legacy", "both"]);

/** Who uses pod identity now and did not then, a finding each: workloads that were not there, and those that had left it. */
export function usersSince(baseline: Baseline, usages: Scan["usages"]): Finding[] {
  return usages
    .filter(({ id, state }) => usesPodIdentity.has(state) && !usesPodIdentity.has(baseline.get(id) ?? "unmatched"))
    .map(({ source, workload }) => finding("usage-since-baseline", { subject: { source, ...workload } }, {}));
}
