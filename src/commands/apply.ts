import { type Comparison, compareWithPlan } from "../core/compare.ts";
import type { Plan } from "../core/documents/plan.ts";
import type { RunResult, StepResult } from "../core/documents/runResult.ts";
import { CommandError, type ExitCode, exitCodes, StaleError } from "../core/errors.ts";
import { clusterSource, nameOf } from "../core/facts.ts";
import { compare } from "../core/match.ts";
import type { Stage, Step } from "../core/model.ts";
import { type Judgement, judge, planDocument } from "../core/reports.ts";
import { patchesOfOwned } from "../core/steps/route.ts";
import { sharesOf } from "../core/steps/shares.ts";
import { defaultAudience } from "../core/workloadIdentity.ts";
import { preflight } from "../engine/preflight.ts";
import { run } from "../engine/run.ts";
import { textBlock } from "../output/escape.ts";
import { version } from "../version.ts";
import { decide } from "./decide.ts";
import { follow } from "./follow.ts";
import { type Gathered, gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { runOutcome } from "./outcome.ts";
import { readSavedPlan } from "./savedPlan.ts";
import { show, styleOf, textLines } from "./show.ts";

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
  if (saved) checkSources(saved, judgement, flags);
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

/** Leaves out what the user may not do, after telling which rights to ask for. */
async function withRights({
  plan,
  compared,
  stages,
  gathered: { cluster, azure },
  world: { clock, random },
  io,
}: Omit<Execution, "steps" | "flags"> & { compared: Comparison }): Promise<Comparison> {
  const shares = sharesOf(plan.usages, plan.mappings);
  const ports = { cluster, azure, clock, random, signal: io.signal };
  const { steps, refused, missing } = await preflight(compared.steps, ports, { shares, stages });
  for (const { message, rule } of missing) {
    io.say(`error: ${textBlock(message)}`);
    if (rule !== undefined) io.say(`Ask for this rule, in a Role or ClusterRole of yours:\n${textBlock(rule)}`);
  }
  return { steps, refused: [...compared.refused, ...refused].sort((a, b) => compare(a.usage, b.usage)) };
}

interface Execution {
  plan: Plan;
  steps: readonly Step[];
  stages: readonly Stage[];
  gathered: Pick<Gathered, "cluster" | "azure">;
  flags: Pick<ApplyFlags, "timeout" | "quiet">;
  world: Pick<World, "clock" | "random">;
  io: Io;
}

/** Runs steps through the engine, telling what happens on standard error. */
export async function execute({ plan, steps, stages, gathered, flags, world, io }: Execution): Promise<StepResult[]> {
  const { cluster, azure } = gathered;
  const ports = { cluster, azure, clock: world.clock, signal: io.signal, random: world.random };
  const driver = await follow(flags, io);
  const tell = () =>
    io.say("Stopping: what is being written is finished, nothing more is begun. Ctrl-C again stops at once.");
  io.signal.addEventListener("abort", tell, { once: true });
  try {
    return await run(steps, ports, driver, {
      run: runName(plan),
      stages,
      sources: plan.sources.flatMap(source => (source.type === "cluster" ? [source.id] : [])),
      usages: plan.usages.map(usage => usage.id),
      parallel: 8,
      timeoutSeconds: flags.timeout,
      audience: plan.decisions.audience,
    });
  } finally {
    io.signal.removeEventListener("abort", tell);
  }
}

/** The same plan gives the same name, on any machine: an interrupted run finds its own records again. */
function runName(plan: Plan): string {
  return `run-${plan.contentHash.slice("sha256:".length, "sha256:".length + 12)}`;
}

export function runResultDocument(parts: {
  plan: Plan;
  judgement: Judgement;
  results: readonly StepResult[];
  refused: RunResult["refused"];
}): RunResult {
  const { plan, judgement, results, refused } = parts;
  const count = (...outcomes: StepResult["outcome"][]) =>
    results.filter(result => outcomes.includes(result.outcome)).length;
  const waiting = results.filter(result => result.outcome === "stopped" && result.waitsFor).length;
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "RunResult",
    toolVersion: version,
    run: runName(plan),
    steps: [...results],
    refused,
    findings: planDocument(judgement, version).findings,
    summary: {
      applied: count("applied"),
      unproven: count("unproven"),
      done: count("done"),
      git: count("git"),
      manual: count("manual"),
      failed: count("failed", "drifted", "unknown"),
      stopped: count("stopped", "interrupted") - waiting,
      waiting,
      refused: refused.length,
      blocked: plan.summary.blocked,
    },
  };
}

/** A saved plan carries its own decisions: a flag that would decide otherwise must not pass for one that does. */
function refuseDecisions(flags: ApplyFlags, { decisions }: Plan): void {
  const { podIdentityMode, audience } = flags;
  const isLive = decisions.live || Object.values(decisions.workloads ?? {}).some(one => one.live);
  const given = [
    ...(flags.config === undefined ? [] : ["--config"]),
    ...(flags.namespace === undefined ? [] : ["--namespace"]),
    ...(flags.allNamespaces === undefined ? [] : ["--all-namespaces"]),
    ...(flags.selector === undefined ? [] : ["--selector"]),
    ...(podIdentityMode === undefined || podIdentityMode === decisions.podIdentityMode ? [] : ["--pod-identity-mode"]),
    ...(audience === undefined || audience === decisions.audience ? [] : ["--audience"]),
    ...(flags.serviceAccount === undefined ? [] : ["--service-account"]),
    ...(flags.clientPath === undefined ? [] : ["--client-path"]),
    ...(flags.proxyPort === undefined ? [] : ["--proxy-port"]),
    ...(flags.live && !isLive ? ["--live"] : []),
  ];
  if (given.length === 0) return;
  throw new CommandError(`A saved plan carries its own decisions; ${given.join(", ")} would change nothing`, {
    hint: "Plan again with these flags, or leave them out.",
  });
}

/** What a plan says of clusters. What it says of files is for whoever keeps them. */
function clusterPartOf(plan: Plan): Plan {
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

/** A plan names its clusters' contexts; `--context` says where they are called otherwise. */
function withPlansContexts(flags: ApplyFlags, plan: Plan): MappingFlags {
  const contexts = plan.sources.flatMap(source => (source.type === "cluster" ? [source.context] : []));
  const { issuer, ...rest } = flags;
  return { ...rest, context: flags.context ?? contexts };
}

/** The plan must be for these clusters, and what it brings along beside their facts must be the user's word too. */
function checkSources(plan: Plan, { facts }: Judgement, flags: ApplyFlags): void {
  const mine = facts.sources.map(source => source.id);
  for (const source of plan.sources) {
    if (mine.includes(source.id)) continue;
    const asked = facts.sources.map(one => (one.type === "cluster" ? one.context : one.path)).join(", ");
    throw new StaleError(
      `The plan is for the cluster ${source.id} (context ${source.type === "cluster" ? source.context : "none"}); the context ${asked} leads to ${mine.join(", ")}`,
      {
        hint: "Give the --context of the plan's cluster, or plan again for this one.",
      },
    );
  }
  checkUnconfirmed(plan, { facts }, flags);
  checkOwned(plan, { facts }, flags);
}

/**
 * A forged plan could make an identity trust tokens of another issuer, tokens that a workload shows to somebody else, or give
 * workloads identities by rules that are not the cluster's: no hash tells, so whoever applies it has to say the same.
 */
function checkUnconfirmed(plan: Plan, { facts }: Pick<Judgement, "facts">, flags: ApplyFlags): void {
  const { issuer, audience, podIdentityMode } = plan.decisions;
  const clusters = plan.sources.map(source => clusterSource(facts, source.id));
  const unconfirmed = [
    clusters.every(cluster => cluster?.issuer === issuer) ? undefined : { flag: "issuer", value: issuer },
    audience === defaultAudience ? undefined : { flag: "audience", value: audience },
    clusters.every(cluster => cluster?.podIdentity.length)
      ? undefined
      : { flag: "pod-identity-mode", value: podIdentityMode },
  ].filter(one => one?.value !== undefined);
  const said: readonly unknown[] = [flags.issuer, flags.audience, flags.podIdentityMode];
  for (const one of unconfirmed) {
    if (!one || said.includes(one.value)) continue;
    throw new StaleError(
      `The plan rests on the ${one.flag.replaceAll("-", " ")} ${one.value}, which the cluster itself does not confirm`,
      { hint: `If it is right, say so again: --${one.flag}, with the same value.` },
    );
  }
}

/** Whoever made the plan may have decided to patch what another tool writes; whoever applies it has to know. */
function checkOwned({ steps }: Plan, { facts }: Pick<Judgement, "facts">, flags: ApplyFlags): void {
  const [first, ...others] = flags.live ? [] : patchesOfOwned(facts, steps);
  if (!first) return;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  throw new StaleError(`The plan patches ${nameOf(first)}${more} in the cluster, although another tool writes it`, {
    hint: "If that is right, say so again: --live. Else plan again without.",
  });
}

async function isConfirmed(plan: Plan, steps: readonly Step[], flags: ApplyFlags, io: Io): Promise<boolean> {
  if (flags.yes || steps.every(step => step.route !== "live")) return true;
  if (!io.confirm) {
    throw new CommandError("Nobody is there to confirm: standard input is not a terminal", {
      hint: "Read the plan, then give --yes.",
    });
  }
  const style = await styleOf(io);
  for (const line of await textLines(plan, style)) io.say(line);
  const own = steps.filter(step => step.route === "live").length;
  return io.confirm(`Apply ${own === 1 ? "this step" : `these ${own} steps`}?`);
}
