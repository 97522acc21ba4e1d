import type { StepResult } from "../core/documents/runResult.ts";
import type { ExchangeProof } from "../core/exchange/exchangeProof.ts";
import type { ExchangePace } from "../core/exchange/exchangeSchedule.ts";
import { exchangeSubjects } from "../core/exchange/exchangeSubjects.ts";
import type { SourceId, Stage, Step } from "../core/model.ts";
import { type ProbeProof, type ProbeTarget, probeTargets } from "../core/probe/probeTargets.ts";
import type { Judgement } from "../core/reports.ts";
import { exchangeAfterPrepare } from "../engine/exchangeAfterPrepare.ts";
import type { Driver } from "../engine/ports.ts";
import { probeAfterPrepare } from "../engine/probeAfterPrepare.ts";
import { run } from "../engine/run.ts";
import { hanging } from "../output/text/hanging.ts";
import { follow } from "./follow.ts";
import type { Gathered } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { showProgress } from "./progress.ts";
import { runName } from "./runResult.ts";
import type { WorkPlan } from "./work.ts";

/** What is carried out, and through what. */
export interface Execution {
  plan: WorkPlan;
  /** What is to be proven before anything restarts; none where that is done elsewhere. */
  judgements: readonly Judgement[];
  steps: readonly Step[];
  stages: readonly Stage[];
  /** Clusters where no records can be kept: they are not looked for there. */
  unrecorded?: readonly SourceId[];
  pace: ExchangePace;
  probeImage: string;
  gathered: Pick<Gathered, "cluster" | "azure">;
  flags: Pick<MappingFlags, "quiet" | "probePods"> & { timeout: number };
  world: Pick<World, "clock" | "random">;
  io: Io;
}

/** The workloads that are to be probed, as the plan has decided or the flag says now. */
export function probesOf(
  judgements: readonly Judgement[],
  { probePods }: Pick<MappingFlags, "probePods">,
): ProbeTarget[] {
  return judgements.flatMap(({ facts, decisions, selected, mapped }) =>
    decisions.probePods || probePods
      ? probeTargets(facts, decisions, { usages: selected, mappings: mapped.mappings })
      : [],
  );
}

export interface Executed {
  results: StepResult[];
  proofs: ExchangeProof[];
  probes: ProbeProof[];
}

/** Runs steps through the engine, telling what happens on standard error. */
export async function execute({
  plan,
  judgements,
  steps,
  stages,
  unrecorded = [],
  pace,
  probeImage,
  ...rest
}: Execution): Promise<Executed> {
  const { gathered, flags, world, io } = rest;
  const { cluster, azure } = gathered;
  const ports = { cluster, azure, clock: world.clock, signal: io.signal, random: world.random };
  const follower = await follow(flags, io, plan.sources);
  const chosen = steps.filter(step => stages.includes(step.stage));
  const progress = showProgress(chosen, world.clock, flags.quiet ? {} : io);
  const driver: Driver = {
    report(event) {
      follower.report(event);
      progress.report(event);
    },
  };
  const stopping = "what is being written is finished, nothing more is begun. Ctrl-C again stops at once.";
  const tell = () => io.say(hanging("Stopping: ", stopping, io.sayColumns));
  io.signal.addEventListener("abort", tell, { once: true });
  const proofs: ExchangeProof[] = [];
  const probes: ProbeProof[] = [];
  const targets = probesOf(judgements, flags);
  const subjects = judgements.flatMap(({ facts, selected, mapped }) =>
    exchangeSubjects(facts, selected, mapped.mappings),
  );
  const webhooks = new Map(
    plan.sources.map(source => [source.id, source.type === "cluster" ? source.webhook.identityBinding : undefined]),
  );
  try {
    const results = await run(steps, ports, driver, {
      run: runName(plan),
      stages,
      sources: plan.sources
        .filter(source => source.type === "cluster" && !unrecorded.includes(source.id))
        .map(source => source.id),
      usages: plan.usages.map(usage => usage.id),
      parallel: 8,
      timeoutSeconds: flags.timeout,
      audience: plan.decisions.audience,
      bindingWebhook: id => webhooks.get(id),
      afterStage: probeAfterPrepare(
        exchangeAfterPrepare({ subjects, steps, stages, pace }, { ports, driver, proofs }),
        { targets, steps, stages, run: runName(plan), image: probeImage },
        { ports, driver, proofs: probes },
      ),
    });
    return { results, proofs, probes };
  } finally {
    progress.end();
    io.signal.removeEventListener("abort", tell);
  }
}
