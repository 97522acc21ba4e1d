import pLimit from "p-limit";
import { type ClusterHalfOptions, clusterHalf, isAzureStep } from "../core/azure/azureHalf.ts";
import { type Comparison, compareWithPlan } from "../core/compare.ts";
import type { Plan } from "../core/documents/plan.ts";
import type { StepResult } from "../core/documents/runResult.ts";
import { CommandError } from "../core/errors.ts";
import { refusedByBudget } from "../core/fleet.ts";
import type { Stage } from "../core/model.ts";
import { compare } from "../core/order.ts";
import { type Judgement, judge, planDocument } from "../core/reports.ts";
import { sharesOf, withoutUsages } from "../core/steps/shares.ts";
import { shell } from "../output/escape.ts";
import { version } from "../version.ts";
import type { ApplyFlags } from "./apply.ts";
import { checkSaved } from "./checkSaved.ts";
import { decide } from "./decide.ts";
import { fleetContexts } from "./fleetContexts.ts";
import { type Gathered, gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { refuseDecisions } from "./refuseDecisions.ts";
import { clusterPartOf, plansOf, type Saved } from "./savedPlan.ts";
import { sharedAzure } from "./sharedAzure.ts";

/** The part of one plan, or of all plans of a fleet, that a run goes by. */
export type WorkPlan = Pick<Plan, "contentHash" | "sources" | "usages" | "mappings"> & {
  decisions: Pick<Plan["decisions"], "audience">;
  summary: Pick<Plan["summary"], "blocked">;
};

/** What is to be carried out: a plan, or the plans of a fleet, each held against its clusters as they are now. */
interface Work {
  plan: WorkPlan;
  /** Each with what was derived of its clusters. */
  parts: readonly Part[];
  compared: Comparison;
  /** Steps that this machine leaves to another. */
  stopped: StepResult[];
  gathered: Pick<Gathered, "cluster" | "azure">;
}

/** One plan, and what its decisions give on the facts of now. */
export interface Part {
  plan: Plan;
  judgement: Judgement;
  gathered: Gathered;
  compared: Comparison;
}

/** The stages that the flags ask for. */
export function stagesOf({ stage }: Pick<ApplyFlags, "stage">): Stage[] {
  return stage ? [stage] : ["prepare", "switch"];
}

/** Which half of the work is done here: what is in Azure, what is in the clusters, or both. */
type Half = "azure" | "clusters" | "both";

/** Plans as the flags say, on the spot. */
export async function newWork(flags: ApplyFlags, world: World, io: Io): Promise<Work> {
  const decisions = await decide(flags, io);
  const gathered = await gather(flags, world, io, { decisions, azure: "ask" });
  const judgement = judge(gathered.facts, decisions);
  const plan = planDocument(judgement, version);
  const part = { plan, judgement, gathered, compared: compareWithPlan(plan, judgement) };
  return halfOf(joined(plan, [part], gathered), flags.azureOnly ? "azure" : "both", {
    stages: stagesOf(flags),
    command: "",
  });
}

/** What a file holds, for the clusters that the flags choose. */
export async function savedWork(saved: Saved, file: string, flags: ApplyFlags, world: World, io: Io): Promise<Work> {
  const isFleet = saved.kind === "Fleet";
  const half: Half = flags.azureOnly ? "azure" : isFleet && flags.context ? "clusters" : "both";
  const contexts = isFleet ? await fleetContexts(saved.plans, flags, world, io) : undefined;
  const plans = plansOf(saved).flatMap(plan => clusterPartOf(plan, contexts && new Set(contexts.keys())));
  if (half === "azure" && contexts) requireAll(saved, contexts);
  const [first] = plans;
  if (!first) {
    throw new CommandError("The plan was made from files alone: there is no cluster to apply it to", {
      hint: "Plan with --context beside -f.",
    });
  }
  for (const plan of plans) refuseDecisions(flags, plan);
  const shared = isFleet ? sharedAzure(world) : undefined;
  const limit = pLimit(4);
  const parts = await Promise.all(
    plans.map(plan =>
      limit(async (): Promise<Part> => {
        const gathered = await gather(withContexts(flags, plan, contexts), shared?.world ?? world, io, {
          decisions: plan.decisions,
          azure: "ask",
        });
        const judgement = judge(gathered.facts, plan.decisions);
        checkSaved(plan, judgement, flags);
        return { plan, judgement, gathered, compared: compareWithPlan(plan, judgement) };
      }),
    ),
  );
  const azure = parts.find(part => part.gathered.azure !== undefined)?.gathered.azure;
  const work = joined(isFleet ? together(saved.contentHash, plans) : first, parts, {
    cluster: clusterOf(parts),
    azure: azure && shared ? await shared.azure(flags) : azure,
  });
  const counted = isFleet && half !== "clusters" ? withinBudget(work) : work;
  const command = `azwi-migrate apply ${shell(file)} --stage prepare --azure-only`;
  return halfOf(counted, half, { stages: stagesOf(flags), command });
}

/** The plans of a fleet as one. */
function together(contentHash: string, plans: readonly Plan[]): WorkPlan {
  const [first, ...others] = plans;
  if (!first) throw new CommandError("The fleet has no plan");
  const ids = plans.flatMap(plan => plan.sources.map(source => source.id));
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice !== undefined) throw new CommandError(`The fleet has two plans of the cluster ${twice}`);
  const { audience } = first.decisions;
  if (others.some(one => one.decisions.audience !== audience)) {
    throw new CommandError("The plans of this fleet are for tokens of different audiences", {
      hint: "Carry them out one by one, each with its --context.",
    });
  }
  const blocked = plans.reduce((sum, plan) => sum + plan.summary.blocked, 0);
  return {
    contentHash,
    sources: plans.flatMap(plan => plan.sources),
    usages: plans.flatMap(plan => plan.usages),
    mappings: plans.flatMap(plan => plan.mappings),
    summary: { blocked },
    decisions: { audience },
  };
}

function joined(plan: WorkPlan, parts: readonly Part[], gathered: Work["gathered"]): Work {
  return {
    plan,
    parts,
    compared: {
      steps: parts.flatMap(({ compared }) => compared.steps),
      refused: parts.flatMap(({ compared }) => compared.refused),
    },
    stopped: [],
    gathered,
  };
}

function clusterOf(parts: readonly Part[]): Gathered["cluster"] {
  const homes = new Map(parts.flatMap(({ plan, gathered }) => plan.sources.map(({ id }) => [id, gathered] as const)));
  return source => {
    const gathered = homes.get(source);
    if (!gathered) throw new CommandError(`Cluster ${source} is not among those of this command`);
    return gathered.cluster(source);
  };
}

/** Every plan fits by itself; whether they fit together is counted anew, on what exists now. */
function withinBudget(work: Work): Work {
  const { plan, parts, compared } = work;
  const refused = refusedByBudget(
    parts.map(({ judgement }) => judgement),
    new Set(compared.steps.flatMap(step => step.usages)),
  );
  const shares = sharesOf(plan.usages, plan.mappings);
  return {
    ...work,
    compared: {
      steps: withoutUsages(compared.steps, new Set(refused.map(({ usage }) => usage)), shares),
      refused: [...compared.refused, ...refused].sort((a, b) => compare(a.usage, b.usage)),
    },
  };
}

function halfOf(work: Work, half: Half, options: Pick<ClusterHalfOptions, "stages" | "command">): Work {
  const { plan, parts, compared } = work;
  if (half === "both") return work;
  if (half === "azure") return { ...work, compared: { ...compared, steps: compared.steps.filter(isAzureStep) } };
  const pending = new Set(parts.flatMap(({ judgement }) => judgement.steps.steps.map(step => step.id)));
  const shares = sharesOf(plan.usages, plan.mappings);
  const { steps, stopped } = clusterHalf(compared.steps, { pending, shares, ...options });
  return { ...work, compared: { ...compared, steps }, stopped };
}

/** The prepare job counts and writes for the whole fleet, or not at all. */
function requireAll(saved: Saved, contexts: ReadonlyMap<string, string>): void {
  const clusters = plansOf(saved).flatMap(plan => plan.sources.filter(source => source.type === "cluster"));
  const missing = clusters.filter(({ id }) => !contexts.has(id)).map(({ id, context }) => `${context} (${id})`);
  if (missing.length === 0) return;
  throw new CommandError(`No --context leads to ${missing.join(", ")}`, {
    hint: "The prepare job counts the credentials of all clusters of the fleet: name them all, or leave --context out.",
  });
}

/** A plan names its clusters' contexts; `--context` says where they are called otherwise. */
function withContexts(flags: ApplyFlags, plan: Plan, known: ReadonlyMap<string, string> | undefined): MappingFlags {
  const own = plan.sources.flatMap(source =>
    source.type === "cluster" ? [known?.get(source.id) ?? source.context] : [],
  );
  const { issuer, ...rest } = flags;
  return { ...rest, context: known ? own : (flags.context ?? own) };
}
