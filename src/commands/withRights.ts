import type { Comparison } from "../core/compare.ts";
import { compare } from "../core/match.ts";
import { sharesOf } from "../core/steps/shares.ts";
import { preflight } from "../engine/preflight.ts";
import { textBlock } from "../output/escape.ts";
import type { Execution } from "./execute.ts";

/** Leaves out what the user may not do, after telling which rights to ask for. */
export async function withRights({
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
