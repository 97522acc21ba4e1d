import { isAzureStep } from "../core/azure/azureHalf.ts";
import type { SignedInAs } from "../core/azure/azurePorts.ts";
import { isSameTenant } from "../core/azure/tenants.ts";
import type { SourceId, Stage, Step } from "../core/model.ts";
import { compare } from "../core/order.ts";
import type { ProbeTarget } from "../core/probe/probeTargets.ts";
import { type MissingRight, rightKey, rightText } from "../core/rights/rights.ts";
import { type Shares, withoutUsages } from "../core/steps/shares.ts";
import { type AzureLacks, azureCaller, azureLacks } from "./azureLacks.ts";
import { kubernetesLacks, type Lack } from "./kubernetesLacks.ts";
import type { EnginePorts } from "./ports.ts";

export interface Preflight {
  /** What may run: nothing of usages that need a right which is missing. */
  steps: Step[];
  refused: { usage: string; differences: string[] }[];
  missing: MissingRight[];
  /** Clusters where no records can be kept, so that nothing is to be done there. */
  unrecorded: SourceId[];
  azure: AzureLacks & {
    /** Who writes to Azure; absent where nothing is to be written there, or the token does not tell. */
    caller?: SignedInAs;
    /** Identities of other tenants than the caller's, with theirs. */
    elsewhere: { principal: string; tenantID: string }[];
  };
}

export interface PreflightOptions {
  shares: Shares;
  stages: readonly Stage[];
  /** Ids of the steps that are still to be done; absent: all. */
  pending?: ReadonlySet<string>;
  /** Workloads that are to be probed. */
  probes?: readonly ProbeTarget[];
  /** The tenant of an identity, where Azure has told it. */
  tenantOf?(principal: string): string | undefined;
}

/**
 * Asks, before anything is written, whether the caller may do the live steps of these stages. Usages that need a right which is
 * missing are refused whole; the others go on. What cannot be asked is left to the run.
 */
export async function preflight(
  steps: readonly Step[],
  ports: EnginePorts,
  { shares, stages, pending, probes = [], tenantOf }: PreflightOptions,
): Promise<Preflight> {
  const live = steps.filter(
    step => step.route === "live" && stages.includes(step.stage) && (pending?.has(step.id) ?? true),
  );
  const refusals = new Refusals(live);
  const [lacks, azure] = await Promise.all([
    Promise.all(
      [...bySource(live)].map(async ([source, ofSource]) => ({
        source,
        lacks: await kubernetesLacks(
          source,
          { steps: ofSource, probes: probes.filter(({ workload }) => workload.source === source) },
          ports,
        ),
      })),
    ),
    inAzure(live, ports, tenantOf),
  ]);
  const missing = lacks.flatMap(({ source, lacks: ofSource }) => missingRights(source, ofSource));
  for (const { right, words, neededFor, steps: ids } of lacks.flatMap(one => one.lacks))
    refusals.add(ids, `not allowed: ${right ? rightText(right) : words}, for ${neededFor}`);
  for (const { scope, actions, steps: ids } of azure.missing)
    refusals.add(ids, `not allowed: ${actions.join(", ")} at ${scope}`);
  for (const { principal, tenantID, steps: ids } of azure.elsewhere)
    refusals.add(ids, `another tenant: ${principal} is in tenant ${tenantID}, and you are signed in to another`);
  return {
    steps: withoutUsages(steps, refusals.usages, shares),
    refused: refusals.list(),
    missing,
    unrecorded: lacks.filter(one => one.lacks.some(lack => lack.isForRecords)).map(one => one.source),
    azure: { ...azure, elsewhere: azure.elsewhere.map(({ principal, tenantID }) => ({ principal, tenantID })) },
  };
}

/** What the usages are refused for whose steps cannot be done. */
class Refusals {
  readonly #usagesOf: ReadonlyMap<string, readonly string[]>;
  readonly #differences = new Map<string, Set<string>>();

  constructor(steps: readonly Step[]) {
    this.#usagesOf = new Map(steps.map(step => [step.id, step.usages]));
  }

  add(steps: readonly string[], difference: string): void {
    for (const usage of new Set(steps.flatMap(step => this.#usagesOf.get(step) ?? []))) {
      const known = this.#differences.get(usage);
      if (known) known.add(difference);
      else this.#differences.set(usage, new Set([difference]));
    }
  }

  get usages(): ReadonlySet<string> {
    return new Set(this.#differences.keys());
  }

  list(): Preflight["refused"] {
    return [...this.#differences]
      .map(([usage, differences]) => ({ usage, differences: [...differences] }))
      .sort((a, b) => compare(a.usage, b.usage));
  }
}

/** Each right once, however many steps need it. */
function missingRights(source: SourceId, lacks: readonly Lack[]): MissingRight[] {
  const missing = new Map<string, MissingRight>();
  for (const { right, words, neededFor, steps } of lacks) {
    const key = right ? rightKey(right) : `${neededFor} ${words}`;
    const known = missing.get(key);
    if (known) known.neededFor.push(neededFor);
    else
      missing.set(key, {
        source,
        neededFor: [neededFor],
        ...(right === undefined ? {} : { right }),
        ...(words === undefined ? {} : { words }),
        ...(steps.length === 0 ? { optional: true } : {}),
      });
  }
  return [...missing.values()];
}

function bySource(steps: readonly Step[]): Map<SourceId, Step[]> {
  const sources = new Map<SourceId, Step[]>();
  for (const step of steps) {
    const known = sources.get(step.target.source);
    if (known) known.push(step);
    else sources.set(step.target.source, [step]);
  }
  return sources;
}

/** Where the caller belongs to another tenant than an identity, nothing is asked about it: ARM would take no token of theirs. */
async function inAzure(
  steps: readonly Step[],
  ports: EnginePorts,
  tenantOf: PreflightOptions["tenantOf"],
): Promise<
  AzureLacks & { caller?: SignedInAs; elsewhere: { principal: string; tenantID: string; steps: string[] }[] }
> {
  const { azure } = ports;
  const own = steps.filter(isAzureStep);
  if (!azure || own.length === 0) return { missing: [], unchecked: [], elsewhere: [] };
  const caller = await azureCaller(ports);
  const elsewhere = new Map<string, { principal: string; tenantID: string; steps: string[] }>();
  const here: Step[] = [];
  for (const step of own) {
    const { principal } = step.target;
    const tenantID = tenantOf?.(principal);
    const isElsewhere =
      caller?.tenantID !== undefined && tenantID !== undefined && !isSameTenant(tenantID, caller.tenantID);
    if (!isElsewhere) here.push(step);
    else {
      const known = elsewhere.get(principal);
      if (known) known.steps.push(step.id);
      else elsewhere.set(principal, { principal, tenantID, steps: [step.id] });
    }
  }
  const lacks = await azureLacks(here, { ...ports, azure });
  return { ...lacks, ...(caller ? { caller } : {}), elsewhere: [...elsewhere.values()] };
}
