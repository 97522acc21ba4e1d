import { CommandError, type ExitCode, exitCodes } from "../core/errors.ts";
import { hanging } from "../output/text/hanging.ts";
import { isConfirmed } from "./confirm.ts";
import { type ExchangeFlags, exchangePace } from "./exchangePace.ts";
import { execute } from "./execute.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { runOutcome } from "./outcome.ts";
import { type ProbeFlags, probeImageOf } from "./probeImage.ts";
import { runResultDocument } from "./runResult.ts";
import { readSaved } from "./savedPlan.ts";
import { show } from "./show.ts";
import { withRights } from "./withRights.ts";
import { newWork, savedWork, stagesOf } from "./work.ts";

export interface ApplyFlags extends MappingFlags, ExchangeFlags, ProbeFlags {
  stage?: "prepare" | "switch";
  /** Of stage prepare, what is in Azure. */
  azureOnly?: boolean;
  /** Resource ids that a saved plan may give to workloads in place of what pod identity gives them. */
  identity?: string[];
  yes?: boolean;
  /** Seconds that one rollout may take. */
  timeout: number;
}

/** Carries out a saved plan or fleet; or plans, asks and carries out. */
export async function apply(file: string | undefined, flags: ApplyFlags, world: World, io: Io): Promise<ExitCode> {
  if (flags.azureOnly && flags.stage !== "prepare") {
    throw new CommandError("--azure-only is a part of stage prepare", { hint: "Give --stage prepare --azure-only." });
  }
  const pace = exchangePace(flags, io.env, "apply");
  const saved = file === undefined ? undefined : await readSaved(file, io);
  const work = saved ? await savedWork(saved, file ?? "", flags, world, io) : await newWork(flags, world, io);
  const { plan, compared, gathered } = work;
  const judgements = work.parts.map(part => part.judgement);
  const stages = stagesOf(flags);
  const given = { plan, stages, gathered, flags, world, io };
  const { steps, refused, unrecorded } = await withRights({ ...given, judgements, compared });
  const chosen = steps.filter(step => stages.includes(step.stage));
  const shown = saved?.kind === "Fleet" && !flags.context ? [saved] : work.parts.map(part => part.plan);
  if (!(await isConfirmed(shown, chosen, flags, io))) {
    io.say("Nothing was changed.");
    return exitCodes.ok;
  }
  // Accounts come with the other half, and tokens of theirs with them.
  const toProve = flags.azureOnly ? [] : judgements;
  const probeImage = probeImageOf(flags, io.env);
  const executed = await execute({ ...given, judgements: toProve, steps, unrecorded, pace, probeImage });
  const results = [...work.stopped, ...executed.results];
  const document = runResultDocument({ plan, judgements, refused, ...executed, results });
  await show(document, flags, io, plan.sources);
  const outcome = runOutcome(document);
  if (outcome === exitCodes.interrupted) {
    const interrupted = "What was written stays as it is; the same command again goes on from there.";
    io.say(hanging("Interrupted. ", interrupted, io.sayColumns));
  }
  return outcome;
}
