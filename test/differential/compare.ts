import { isToMIC, type Question } from "./answers.ts";
import { type Difference, type Judgement, judge, judgeAssignments } from "./judge.ts";
import type { Laboratory } from "./laboratory.ts";
import type { World } from "./world.ts";

/** What became of some worlds under one question. */
export interface Comparison extends Omit<Judgement, "differences"> {
  question: Question;
  /** By index of the world. */
  differences: ReadonlyMap<number, readonly Difference[]>;
}

/** Puts the worlds into the laboratory and asks both sides the questions about them. */
export async function compareWorlds(
  laboratory: Laboratory,
  worlds: readonly World[],
  asked: readonly Question[],
): Promise<Comparison[]> {
  const tokens = await laboratory.put(worlds);
  const facts = await laboratory.facts();
  const oracle = asked.some(question => !isToMIC(question)) ? await laboratory.oracle() : undefined;
  const comparisons: Comparison[] = [];
  for (const question of asked) {
    let judgement: Judgement;
    if (isToMIC(question)) {
      // Exactly "true" counts (cmd/mic/main.go).
      const assignments = await laboratory.assignments({ FORCENAMESPACED: String(question === "namespaced") });
      judgement = judgeAssignments(facts, question, assignments);
    } else {
      if (!oracle) throw new Error(`Nobody answers ${question}`);
      judgement = judge(facts, question, oracle[question]);
    }
    comparisons.push({ ...judgement, question, differences: byWorld(judgement.differences, tokens) });
  }
  return comparisons;
}

/** The namespaces of a world begin with its token. */
function byWorld(differences: readonly Difference[], tokens: readonly string[]): Map<number, Difference[]> {
  const indices = new Map(tokens.map((token, index) => [token, index]));
  const byIndex = new Map<number, Difference[]>();
  for (const difference of differences) {
    const index = indices.get(/^w\d+x/.exec(difference.pod)?.[0] ?? "");
    if (index !== undefined) byIndex.set(index, [...(byIndex.get(index) ?? []), difference]);
  }
  return byIndex;
}
