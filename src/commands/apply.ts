import { compareWithPlan } from "../core/compare.ts";
import type { Plan } from "../core/documents/plan.ts";
import { type ExitCode, exitCodes } from "../core/errors.ts";
import type { Stage } from "../core/model.ts";
import { judge, planDocument } from "../core/reports.ts";
import { version } from "../version.ts";
import { checkSaved } from "./checkSaved.ts";
import { isConfirmed } from "./confirm.ts";
import { decide } from "./decide.ts";
import { execute } from "./execute.ts";
import { gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { runOutcome } from "./outcome.ts";
import { refuseDecisions } from "./refuseDecisions.ts";
import { runResultDocument } from "./runResult.ts";
import { clusterPartOf, readSavedPlan } from "./savedPlan.ts";
import { show } from "./show.ts";
import { withRights } from "./withRights.ts";

export interface ApplyFlags extends MappingFlags {
  stage?: "prepare" | "switch";
  yes?: boolean;
  /** Seconds that one rollout may take. */
  timeout: number;
}

/** Carries out a saved plan, or plans, asks and carries out. */
export async function apply(file: string | undefined, flags: ApplyFlags, world: World, io: Io): Promise<ExitCode> {
  const saved = file === undefined ? undefined : clusterPartOf(await readSavedPlan(file, io));
  if (saved) refuseDecisions(flags, saved);
  const decisions = saved ? saved.decisions : await decide(flags, io);
  const gathered = await gather(saved ? withPlansContexts(flags, saved) : flags, world, io, {
    decisions,
    azure: "ask",
  });
  const judgement = judge(gathered.facts, decisions);
  if (saved) checkSaved(saved, judgement, flags);
  const plan = saved ?? planDocument(judgement, version);
  const compared = compareWithPlan(plan, judgement);
  const stages: Stage[] = flags.stage ? [flags.stage] : ["prepare", "switch"];
  const { steps, refused } = await withRights({ plan, compared, stages, gathered, world, io });
  const chosen = steps.filter(step => stages.includes(step.stage));
  if (!(await isConfirmed(plan, chosen, flags, io))) {
    io.say("Nothing was changed.");
    return exitCodes.ok;
  }
  const results = await execute({ plan, steps, stages, gathered, flags, world, io });
  const document = runResultDocument({ plan, judgement, results, refused });
  await show(document, flags, io);
  const outcome = runOutcome(document);
  if (outcome === exitCodes.interrupted)
    io.say("Interrupted. What was written stays as it is; the same command again goes on from there.");
  return outcome;
}

/** A plan names its clusters' contexts; `--context` says where they are called otherwise. */
function withPlansContexts(flags: ApplyFlags, plan: Plan): MappingFlags {
  const contexts = plan.sources.flatMap(source => (source.type === "cluster" ? [source.context] : []));
  const { issuer, ...rest } = flags;
  return { ...rest, context: flags.context ?? contexts };
}
