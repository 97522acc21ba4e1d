import type { Check, Verification } from "../core/documents/verification.ts";
import type { ExitCode } from "../core/errors.ts";
import { type ExchangeProof, exchangeChecks, findingsOfProofs, notExchanged } from "../core/exchange/exchangeProof.ts";
import { exchangeSubjects, isPrepared, unpreparedReason } from "../core/exchange/exchangeSubjects.ts";
import type { Stage } from "../core/model.ts";
import { compare } from "../core/order.ts";
import { probeChecks, probeTargets } from "../core/probe/probeTargets.ts";
import { findingsOf, type Judgement, judge } from "../core/reports.ts";
import { checksOf } from "../core/verify.ts";
import { version } from "../version.ts";
import { decide } from "./decide.ts";
import { type ExchangeFlags, exchangePace } from "./exchangePace.ts";
import { type Gathered, gather } from "./gather.ts";
import type { Io, MappingFlags, World } from "./io.ts";
import { verificationOutcome } from "./outcome.ts";
import { type ProbeFlags, probeImageOf } from "./probeImage.ts";
import { show } from "./show.ts";

export interface VerifyFlags extends MappingFlags, ExchangeFlags, ProbeFlags {
  stage?: "prepare" | "switch";
  dryRunPods?: boolean;
  exchange?: boolean;
}

/** Checks that what was applied works, from what is there now. */
export async function verify(flags: VerifyFlags, world: World, io: Io): Promise<ExitCode> {
  const decisions = await decide(flags, io);
  const gathered = await gather(flags, world, io, { decisions, azure: "ask", unread: "tell" });
  const document = await verification(judge(gathered.facts, decisions), gathered, { flags, world, io });
  await show(document, flags, io);
  return verificationOutcome(document);
}

/** What is asked for beside the facts, and through what. */
interface Asked {
  flags: Pick<
    VerifyFlags,
    "stage" | "dryRunPods" | "exchange" | "probePods" | "quiet" | keyof (ExchangeFlags & ProbeFlags)
  >;
  world: Pick<World, "clock" | "random">;
  io: Io;
}

/** The document of all checks that the flags ask for. */
export async function verification(
  judgement: Judgement,
  gathered: Gathered,
  { flags, world, io }: Asked,
): Promise<Verification> {
  const stages: Stage[] = flags.stage ? [flags.stage] : ["prepare", "switch"];
  const checks = checksOf(judgement, stages);
  if (flags.dryRunPods) {
    const { dryRunPodChecks } = await import("../engine/verifyPods.ts");
    checks.push(...(await dryRunPodChecks(judgement, gathered.cluster)));
  }
  const proofs = flags.exchange ? await exchanged(judgement, gathered, { flags, world, io }) : [];
  checks.push(...exchangeChecks(proofs));
  if (flags.probePods) checks.push(...(await probed(judgement, gathered, { flags, world, io })));
  checks.sort((a, b) => compare(a.usage, b.usage) || compare(a.stage, b.stage) || compare(a.code, b.code));
  const count = (result: string) => checks.filter(check => check.result === result).length;
  return {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "Verification",
    toolVersion: version,
    sources: judgement.facts.sources,
    checks,
    findings: findingsOf(judgement, [...judgement.found.findings, ...findingsOfProofs(proofs)]),
    summary: { passed: count("passed"), failed: count("failed"), notChecked: count("not-checked") },
  };
}

/**
 * A token of every service account that is to be an identity, shown to Entra once; again only where it is not a final no, and
 * not at all before its credential is there.
 */
async function exchanged(
  { facts, selected, mapped }: Judgement,
  { cluster, azure }: Gathered,
  { flags, world, io }: Asked,
): Promise<ExchangeProof[]> {
  const [{ proveExchanges }, { follow }] = await Promise.all([import("../engine/exchange.ts"), import("./follow.ts")]);
  const subjects = exchangeSubjects(facts, selected, mapped.mappings);
  const ports = { cluster, azure, clock: world.clock, signal: io.signal };
  const pace = exchangePace(flags, io.env, "verify");
  const proofs = await proveExchanges(subjects.filter(isPrepared), ports, await follow(flags, io, facts.sources), {
    pace,
  });
  const unprepared = subjects.filter(subject => !isPrepared(subject));
  return [
    ...proofs,
    ...unprepared.map(subject => notExchanged(subject, azure ? unpreparedReason : "nobody is signed in to Azure")),
  ];
}

/** A pod like each workload's, in its place: the only check that keeps records, as it makes something. */
async function probed(
  { facts, decisions, selected, mapped }: Judgement,
  { cluster, azure }: Gathered,
  { flags, world, io }: Asked,
): Promise<Check[]> {
  const [{ probePods }, { follow }] = await Promise.all([import("../engine/probePods.ts"), import("./follow.ts")]);
  const targets = probeTargets(facts, decisions, { usages: selected, mappings: mapped.mappings }).map(target =>
    target.isPrepared ? target : { impossible: unpreparedReason, ...target },
  );
  const ports = { cluster, azure, clock: world.clock, random: world.random, signal: io.signal };
  const image = probeImageOf(flags, io.env);
  return probeChecks(await probePods(targets, ports, await follow(flags, io, facts.sources), { run: "verify", image }));
}
