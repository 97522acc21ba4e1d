import { rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plan } from "../core/documents/plan.ts";
import { CommandError, type ExitCode, exitCodes } from "../core/errors.ts";
import { judge, planDocument } from "../core/reports.ts";
import { version } from "../version.ts";
import { decide } from "./decide.ts";
import { fileProblem } from "./fileProblem.ts";
import { gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { planOutcome, readingOutcome } from "./outcome.ts";
import { show } from "./show.ts";

export interface PlanFlags extends MappingFlags {
  out?: string;
  detailedExitcode?: boolean;
  dryRun?: "server";
}

/** Prints what would be changed, and writes it to a file that `apply` takes. Changes nothing. */
export async function plan(flags: PlanFlags, world: World, io: Io): Promise<ExitCode> {
  if (flags.dryRun && flags.filename && !flags.context) {
    throw new CommandError("--dry-run=server asks an API server: give --context beside -f");
  }
  const decisions = await decide(flags, io);
  const gathered = await gather(flags, world, io, { decisions, azure: "ask" });
  const judgement = judge(gathered.facts, decisions);
  const dryRuns = flags.dryRun
    ? await import("../engine/dryRun.ts").then(({ dryRunSteps }) => dryRunSteps(judgement.steps.steps, gathered))
    : {};
  const document = planDocument(judgement, version, dryRuns);
  if (flags.out !== undefined) await writePlan(document, flags.out, io);
  await show(document, flags, io);
  if (flags.out !== undefined && flags.output === "text") {
    if (document.sources.every(source => source.type === "files")) {
      io.say(`The plan is in ${flags.out}. It is for files alone, which apply leaves to you.`);
    } else {
      const context = flags.context?.map(name => ` --context ${name}`).join("") ?? "";
      io.say(`The plan is in ${flags.out}. To carry it out: azwi-migrate apply ${flags.out}${context}`);
    }
  }
  return flags.detailedExitcode ? planOutcome(document) : readingOutcome(document);
}

/** Whole or not at all: a reader never sees half a plan. */
async function writePlan(document: Plan, file: string, io: Io): Promise<void> {
  const path = resolve(io.cwd, file);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new CommandError(`The plan cannot be written to ${file}: ${fileProblem(error)}`, {
      cause: error,
      exitCode: exitCodes.failed,
    });
  }
}
