import { resolve } from "node:path";
import type { Plan } from "../core/documents/plan.ts";
import { CommandError, type ExitCode } from "../core/errors.ts";
import { fleetDocument } from "../core/fleet.ts";
import { shell, text } from "../output/escape.ts";
import { version } from "../version.ts";
import type { CommonFlags, Io } from "./io.ts";
import { fleetOutcome } from "./outcome.ts";
import { readSavedPlan } from "./savedPlan.ts";
import { show } from "./show.ts";
import { jsonFile, writeWhole } from "./writeWhole.ts";

export interface MergeFlags extends Pick<CommonFlags, "output" | "quiet"> {
  out?: string;
}

/** Joins plans that several machines made, and counts credentials over all of them. Reads files alone. */
export async function merge(files: readonly string[], flags: MergeFlags, io: Io): Promise<ExitCode> {
  const plans: Plan[] = [];
  const homes = new Map<string, string>();
  for (const file of files) {
    const plan = await readSavedPlan(file, io);
    if (plan.sources.every(one => one.type === "files")) {
      throw new CommandError(`${file} is a plan of files alone: there is no cluster in it that a fleet could have`, {
        hint: "Plan the clusters: azwi-migrate plan --context NAME --out NAME.json",
      });
    }
    for (const source of plan.sources.filter(one => one.type === "cluster")) {
      const other = homes.get(source.id);
      if (other !== undefined) {
        throw new CommandError(
          `${other} and ${file} are both plans of the cluster ${source.id} (context ${source.context})`,
          {
            hint: "A cluster is migrated by one plan: leave one of them out.",
          },
        );
      }
      homes.set(source.id, file);
    }
    plans.push(plan);
  }
  const fleet = fleetDocument(plans, version);
  const { out } = flags;
  if (out !== undefined) {
    await writeWhole(resolve(io.cwd, out), jsonFile(fleet), (reason, cause) => {
      throw new CommandError(`The fleet cannot be written to ${out}: ${reason}`, { cause });
    });
  }
  await show(fleet, flags, io);
  if (out !== undefined && flags.output === "text" && !flags.quiet) {
    const applying = `azwi-migrate apply ${shell(out)}`;
    io.say(`The fleet is in ${text(out)}. Its Azure half first: ${applying} --stage prepare --azure-only`);
    io.say(`Then a job a cluster: ${applying} --context NAME`);
  }
  return fleetOutcome(fleet);
}
