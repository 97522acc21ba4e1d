import { decisionFor, decisionKey } from "../core/decisions.ts";
import type { Plan } from "../core/documents/plan.ts";
import { StaleError } from "../core/errors.ts";
import { clusterSource, nameOf } from "../core/facts.ts";
import type { Judgement } from "../core/reports.ts";
import { patchesOfOwned } from "../core/steps/route.ts";
import { defaultAudience } from "../core/workloadIdentity/workloadIdentity.ts";
import type { ApplyFlags } from "./apply.ts";

/** The plan must be for these clusters, and what it brings along beside their facts must be the user's word too. */
export function checkSaved(plan: Plan, judgement: Judgement, flags: ApplyFlags): void {
  const { facts } = judgement;
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
  checkChosen(judgement, flags);
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

/**
 * A forged plan could give a workload a mightier identity than pod identity does; ARM would confirm that one too. Whom it gives one
 * is derived: the plan's own mappings may be forged with it.
 */
function checkChosen({ decisions, found, mapped }: Judgement, { identity: said = [] }: ApplyFlags): void {
  const isSaid = (id: string) => said.some(one => one.toLowerCase() === id.toLowerCase());
  const open = new Set(mapped.mappings.flatMap(({ usage, blockedBy }) => (blockedBy.length === 0 ? [usage] : [])));
  for (const usage of found.usages) {
    const { identity } = decisionFor(decisions, usage);
    if (usage.insteadOf === undefined || identity === undefined || !open.has(usage.id) || isSaid(identity)) continue;
    throw new StaleError(
      `The plan gives ${decisionKey(usage)} the identity ${identity}, which is not the one that pod identity gives it`,
      {
        hint: "If that is right, say so again: --identity, with the same resource id. Else plan again without.",
      },
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
