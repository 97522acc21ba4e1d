import type { Comparison } from "../core/compare.ts";
import { clusterSource, identityFacts } from "../core/facts.ts";
import type { SourceId } from "../core/model.ts";
import { compare } from "../core/order.ts";
import { ApiError } from "../core/ports.ts";
import type { Judgement } from "../core/reports.ts";
import { sharesOf } from "../core/steps/shares.ts";
import { type Preflight, preflight } from "../engine/preflight.ts";
import { text } from "../output/escape.ts";
import { hanging, problem } from "../output/text/hanging.ts";
import { callerText, missingActionLines, missingRightLines } from "../output/text/missingRights.ts";
import { type Execution, probesOf } from "./execute.ts";
import type { MappingFlags } from "./io.ts";

export interface Permitted extends Comparison {
  /** Clusters where no records can be kept, so that nothing is to be done there. */
  unrecorded: SourceId[];
}

type Parts = Pick<Execution, "plan" | "judgements" | "stages" | "gathered" | "world" | "io"> & {
  compared: Comparison;
  flags: Pick<MappingFlags, "quiet" | "probePods">;
};

/** Leaves out what the user may not do, after telling who that is and which rights to ask for. */
export async function withRights(parts: Parts): Promise<Permitted> {
  const { plan, judgements, compared, stages, gathered, world, io } = parts;
  const { clock, random } = world;
  const ports = { ...gathered, clock, random, signal: io.signal };
  const pending = new Set(judgements.flatMap(({ steps }) => steps.steps.map(step => step.id)));
  const found = await preflight(compared.steps, ports, {
    shares: sharesOf(plan.usages, plan.mappings),
    stages,
    pending,
    probes: probesOf(judgements, parts.flags),
    tenantOf: principal => firstOf(judgements, ({ facts }) => identityFacts(facts, principal)?.tenantID),
  });
  const sources = new Set(
    compared.steps
      .filter(step => step.route === "live" && stages.includes(step.stage) && pending.has(step.id))
      .map(step => step.target.source),
  );
  for (const source of sources) {
    const user = await userOf(source, parts);
    const context = firstOf(judgements, ({ facts }) => clusterSource(facts, source)?.context) ?? source;
    if (user !== undefined) tell(parts, `Cluster ${text(context)}: `, `as ${text(user)}`);
    const missing = found.missing.filter(one => one.source === source);
    for (const line of missingRightLines(missing, { context, user })) io.say(problem(line, io.sayColumns));
  }
  tellOfAzure(found.azure, parts);
  const refused = [...compared.refused, ...found.refused].sort((a, b) => compare(a.usage, b.usage));
  return { steps: found.steps, refused, unrecorded: found.unrecorded };
}

function tellOfAzure({ caller, missing, unchecked, elsewhere }: Preflight["azure"], parts: Parts): void {
  const { io } = parts;
  const say = (line: string) => io.say(problem(line, io.sayColumns));
  if (caller) tell(parts, "Azure: ", `as ${callerText(caller)}`);
  for (const { principal, tenantID } of elsewhere) {
    say(`error: Azure: ${text(principal)} is in another tenant, ${text(tenantID)}`);
    say(`Sign in there, or give --tenant ${text(tenantID)}.`);
  }
  for (const one of missing) for (const line of missingActionLines(one, caller)) say(line);
  for (const { scope, reason } of unchecked)
    say(`warning: Azure: what you may do at ${text(scope)} is not checked: ${text(reason)}`);
}

/** Undefined where the server does not tell. */
async function userOf(source: SourceId, { gathered, io }: Parts): Promise<string | undefined> {
  try {
    return await gathered.cluster(source).whoAmI({ signal: io.signal });
  } catch (error) {
    if (io.signal.aborted || !(error instanceof ApiError)) throw error;
    return undefined;
  }
}

function tell({ flags, io }: Parts, about: string, line: string): void {
  if (!flags.quiet) io.say(hanging(about, line, io.sayColumns));
}

/** What the first of them knows. */
function firstOf<T>(judgements: readonly Judgement[], ask: (judgement: Judgement) => T | undefined): T | undefined {
  for (const judgement of judgements) {
    const answer = ask(judgement);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
