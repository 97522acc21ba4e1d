import pLimit from "p-limit";
import { nameOf } from "../core/facts.ts";
import { compare } from "../core/match.ts";
import type { Stage, Step } from "../core/model.ts";
import { isBindingStep, type Shares, withoutUsages } from "../core/steps/shares.ts";
import { type LackingRight, rightsLacking } from "./bindingRights.ts";
import type { EnginePorts } from "./ports.ts";

/** A right that the caller lacks, told once however many steps need it. */
export interface MissingRight {
  /** Which right, for which objects, in the server's words where it has said any. */
  message: string;
  /** What to ask for: an item of a Role's `rules`, as YAML. Absent where no rule would help. */
  rule?: string;
}

export interface Preflight {
  /** What may run: nothing of usages that need a right which is missing. */
  steps: Step[];
  refused: { usage: string; differences: string[] }[];
  missing: MissingRight[];
}

/** Begins every difference that is told of a usage which is refused for want of a right. */
const notAllowed = "not allowed";

/**
 * Asks, before anything is written, whether the caller may add subjects to the role bindings of the live steps of these stages.
 * Usages that need a right which is missing are refused whole; the others go on. What cannot be asked is left to the run.
 */
export async function preflight(
  steps: readonly Step[],
  ports: EnginePorts,
  { shares, stages }: { shares: Shares; stages: readonly Stage[] },
): Promise<Preflight> {
  const limit = pLimit(8);
  const asked = steps.filter(isBindingStep).filter(step => step.route === "live" && stages.includes(step.stage));
  const answers = await Promise.all(
    asked.map(step => limit(async () => ({ step, lacking: await rightsLacking(step, ports) }))),
  );
  const missing = new Map<string, { right: LackingRight; bindings: string[] }>();
  const differences = new Map<string, string[]>();
  for (const { step, lacking } of answers) {
    const binding = nameOf(step.target);
    for (const right of lacking) {
      const known = missing.get(right.what);
      if (known) known.bindings.push(binding);
      else missing.set(right.what, { right, bindings: [binding] });
      for (const usage of step.usages) {
        const list = differences.get(usage) ?? [];
        differences.set(usage, [...list, `${notAllowed}: ${right.what}, for ${binding}`]);
      }
    }
  }
  return {
    steps: withoutUsages(steps, new Set(differences.keys()), shares),
    refused: [...differences]
      .map(([usage, list]) => ({ usage, differences: list }))
      .sort((a, b) => compare(a.usage, b.usage)),
    missing: [...missing.values()].map(({ right: { what, words, rule }, bindings }) => ({
      message: `You may not ${what}, which is needed for ${bindings.join(", ")}${words === undefined ? "" : `: ${words}`}`,
      ...(rule === undefined ? {} : { rule }),
    })),
  };
}
