import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plan } from "../core/documents/plan.ts";
import { CommandError, StaleError } from "../core/errors.ts";
import { isRecord } from "../core/kubernetes.ts";
import { planHash } from "../core/reports.ts";
import { fileProblem } from "./fileProblem.ts";
import type { Io } from "./io.ts";

/**
 * Reads a plan file. What breaks the schema (another version, an unknown field) is bad input; what does not match its own hash
 * was edited or cut, and nothing of it is used.
 */
export async function readSavedPlan(file: string, io: Io): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), "utf8");
  } catch (error) {
    throw new CommandError(`The plan ${file} cannot be read: ${fileProblem(error)}`, {
      cause: error,
      hint: "Make one with: azwi-migrate plan --out plan.json",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`The plan ${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isRecord(value) && value.kind !== "Plan") {
    const kind = value.kind === undefined ? "it has no kind" : `its kind is ${JSON.stringify(value.kind)}`;
    throw new CommandError(`${file} is not a plan: ${kind}`, {
      hint: "Make one with: azwi-migrate plan --out plan.json",
    });
  }
  if (isRecord(value) && value.apiVersion !== "azwi-migrate.dev/v1alpha1") {
    throw new CommandError(
      `The plan ${file} has version ${JSON.stringify(value.apiVersion)}; this azwi-migrate reads azwi-migrate.dev/v1alpha1`,
      {
        hint: "Plan again with this version.",
      },
    );
  }
  const { checkPlan } = await import("./schemas.ts");
  const checked = checkPlan(value);
  if ("problems" in checked) {
    throw new CommandError(`The plan ${file} does not fit its schema: ${checked.problems.join("; ")}`, {
      hint: "A plan is not made to be edited: plan again.",
    });
  }
  if (checked.value.contentHash !== planHash(checked.value)) {
    throw new StaleError(`The plan ${file} was changed after it was made: its content does not match its contentHash`, {
      hint: "Plan again.",
    });
  }
  return checked.value;
}

/** What a plan says of clusters. What it says of files is for whoever keeps them. */
export function clusterPartOf(plan: Plan): Plan {
  const sources = plan.sources.filter(source => source.type === "cluster");
  if (sources.length === 0) {
    throw new CommandError("The plan was made from files alone: there is no cluster to apply it to", {
      hint: "Plan with --context beside -f.",
    });
  }
  const ids = new Set(sources.map(source => source.id));
  const ofCluster = (usage: string) => plan.usages.some(one => one.id === usage && ids.has(one.source));
  return {
    ...plan,
    sources,
    steps: plan.steps.filter(step => ids.has(step.target.source)),
    mappings: plan.mappings.filter(mapping => ofCluster(mapping.usage)),
  };
}
