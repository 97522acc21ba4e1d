import type { Fleet } from "../core/documents/fleet.ts";
import type { Plan } from "../core/documents/plan.ts";
import { CommandError, StaleError } from "../core/errors.ts";
import { fileProblem } from "../core/fileProblem.ts";
import { fleetHash, planName } from "../core/fleet.ts";
import { isRecord } from "../core/kubernetes.ts";
import { countsOf } from "../core/planCounts.ts";
import { planHash } from "../core/reports.ts";
import type { Io } from "./io.ts";
import { readText } from "./readText.ts";

/** A plan, or several as one document. */
export type Saved = Plan | Fleet;

/**
 * Reads a file that `plan --out` or `merge --out` wrote. What breaks the schema (another version, an unknown field) is bad input;
 * what does not match its own hash was edited or cut, and nothing of it is used.
 */
export async function readSaved(file: string, io: Pick<Io, "cwd">): Promise<Saved> {
  const value = await readJson(file, io);
  const kind = isRecord(value) ? value.kind : undefined;
  if (isRecord(value) && kind !== "Plan" && kind !== "Fleet") {
    const told = kind === undefined ? "it has no kind" : `its kind is ${JSON.stringify(kind)}`;
    throw new CommandError(`${file} is not a plan: ${told}`, { hint: howToPlan });
  }
  const what = kind === "Fleet" ? "fleet" : "plan";
  if (isRecord(value) && value.apiVersion !== "azwi-migrate.dev/v1alpha1") {
    throw new CommandError(
      `The ${what} ${file} has version ${JSON.stringify(value.apiVersion)}; this azwi-migrate reads azwi-migrate.dev/v1alpha1`,
      { hint: "Plan again with this version." },
    );
  }
  const { checkFleet, checkPlan, listed } = await import("./schemas.ts");
  const checked = kind === "Fleet" ? checkFleet(value) : checkPlan(value);
  if ("problems" in checked) {
    throw new CommandError(`The ${what} ${file} does not fit its schema: ${listed(checked.problems)}`, {
      hint: "A plan is not made to be edited: plan again.",
    });
  }
  const saved = checked.value;
  for (const plan of plansOf(saved)) {
    if (plan.contentHash === planHash(plan)) continue;
    const which = saved.kind === "Fleet" ? `The plan of ${planName(plan)} in ${file}` : `The plan ${file}`;
    throw new StaleError(`${which} was changed after it was made: its content does not match its contentHash`, {
      hint: "Plan again.",
    });
  }
  if (saved.kind === "Fleet" && saved.contentHash !== fleetHash(saved)) {
    throw new StaleError(
      `The fleet ${file} was changed after it was made: its content does not match its contentHash`,
      {
        hint: "Merge its plans again.",
      },
    );
  }
  return saved;
}

export function plansOf(saved: Saved): readonly Plan[] {
  return saved.kind === "Fleet" ? saved.plans : [saved];
}

/** As `readSaved`, where a fleet will not do. */
export async function readSavedPlan(file: string, io: Pick<Io, "cwd">): Promise<Plan> {
  const saved = await readSaved(file, io);
  if (saved.kind === "Plan") return saved;
  throw new CommandError(`${file} is not a plan: its kind is "Fleet"`, { hint: "Give the plans that it was made of." });
}

const howToPlan = "Make one with: azwi-migrate plan --out plan.json";

async function readJson(file: string, io: Pick<Io, "cwd">): Promise<unknown> {
  let text: string;
  try {
    text = await readText(file, io);
  } catch (error) {
    throw new CommandError(`The plan ${file} cannot be read: ${fileProblem(error)}`, { cause: error, hint: howToPlan });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // Node quotes the text, with its line breaks.
    const problem = (error as Error).message.replaceAll(/\s+/g, " ");
    throw new CommandError(`The plan ${file} is not JSON: ${problem}`, { cause: error, hint: howToPlan });
  }
}

/** What a plan says of clusters, or of those with these ids. What it says of files is for whoever keeps them. */
export function clusterPartOf(plan: Plan, among?: ReadonlySet<string>): Plan[] {
  const sources = plan.sources.filter(source => source.type === "cluster" && (among?.has(source.id) ?? true));
  if (sources.length === 0) return [];
  const ids = new Set(sources.map(source => source.id));
  const ofClusters = new Set(plan.usages.flatMap(one => (ids.has(one.source) ? [one.id] : [])));
  const steps = plan.steps.filter(step => ids.has(step.target.source));
  const mappings = plan.mappings.filter(mapping => ofClusters.has(mapping.usage));
  const { bind, prepareOnly, ...summary } = plan.summary;
  return [{ ...plan, sources, steps, mappings, summary: { ...summary, ...countsOf(mappings, steps) } }];
}
