import { resolve } from "node:path";
import { CommandError, type ExitCode } from "../core/errors.ts";
import { judge, planDocument } from "../core/reports.ts";
import { shell, text } from "../output/escape.ts";
import { version } from "../version.ts";
import { decide, defaultConfigFile } from "./decide.ts";
import { gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { planOutcome, readingOutcome } from "./outcome.ts";
import { show } from "./show.ts";
import { jsonFile, writeWhole } from "./writeWhole.ts";

export interface PlanFlags extends MappingFlags {
  out?: string;
  detailedExitcode?: boolean;
  dryRun?: "server";
  /** A file, or true for the one that is read by itself. */
  writeConfig?: string | true;
}

/** Prints what would be changed, and writes it to a file that `apply` takes. Changes nothing. */
export async function plan(flags: PlanFlags, world: World, io: Io): Promise<ExitCode> {
  if (flags.dryRun && flags.filename && !flags.context) {
    throw new CommandError("--dry-run=server asks an API server: give --context beside -f");
  }
  const decisions = await decide(flags, io);
  const target = flags.writeConfig === true ? (flags.config ?? defaultConfigFile) : flags.writeConfig;
  if (target !== undefined) await import("./writeConfig.ts").then(({ checkTarget }) => checkTarget(target, io));
  const gathered = await gather(flags, world, io, { decisions, azure: "ask", unread: "tell" });
  let judgement = judge(gathered.facts, decisions);
  if (target !== undefined) {
    const { askWhatIsOpen, writeConfigFile } = await import("./writeConfig.ts");
    judgement = await askWhatIsOpen(judgement, io);
    await writeConfigFile(judgement.decisions, target, io);
    io.say(`The decisions are in ${target}.`);
  }
  const dryRuns = flags.dryRun
    ? await import("../engine/dryRun.ts").then(({ dryRunSteps }) => dryRunSteps(judgement.steps.steps, gathered))
    : {};
  const document = planDocument(judgement, version, dryRuns);
  const { out } = flags;
  if (out !== undefined) {
    await writeWhole(resolve(io.cwd, out), jsonFile(document), (reason, cause) => {
      throw new CommandError(`The plan cannot be written to ${out}: ${reason}`, { cause });
    });
  }
  await show(document, flags, io);
  if (out !== undefined && flags.output === "text") {
    if (document.sources.every(source => source.type === "files")) {
      io.say(`The plan is in ${text(out)}. It is for files alone, which apply leaves to you.`);
    } else {
      // One that could not be read is not in the plan, and must not stand in its way.
      const isPlanned = (name: string) => document.sources.some(one => one.type === "cluster" && one.context === name);
      const contexts = flags.context?.filter(isPlanned) ?? [];
      const context = contexts.map(name => ` --context ${shell(name)}`).join("");
      io.say(`The plan is in ${text(out)}. To carry it out: azwi-migrate apply ${shell(out)}${context}`);
    }
  }
  return flags.detailedExitcode ? planOutcome(document) : readingOutcome(document);
}
