import { questions } from "../differential/answers.ts";
import { worldOf } from "../differential/anyWorld.ts";
import { compareWorlds } from "../differential/compare.ts";
import { Laboratory } from "../differential/laboratory.ts";
import { reportDifference } from "../differential/report.ts";
import type { LocatedTestbed } from "../testbed/locate.ts";
import { duration } from "./results.ts";

export interface DifferentialBenchOptions {
  seed: number;
  /** Random worlds in all; each is asked about in every mode. */
  worlds: number;
  say: (line: string) => void;
}

/** One cluster holds so many: MIC compares every pod with every binding. */
const worldsPerCluster = 250;

/**
 * Asks about many random worlds what their pods get: this project, and the real MIC and NMI. Gives a line a question with what
 * ran and what differed, after a report of the first difference in each.
 */
export async function differentialBench(located: LocatedTestbed, options: DifferentialBenchOptions): Promise<string[]> {
  const { seed, worlds: wanted, say } = options;
  const nothing = { worlds: 0, pods: 0, given: 0, contested: 0, differing: 0 };
  const counts = questions.map(question => ({ question, ...nothing }));
  const reports: string[] = [];
  const started = performance.now();
  for (let first = 0; first < wanted; first += worldsPerCluster) {
    const length = Math.min(worldsPerCluster, wanted - first);
    const worlds = Array.from({ length }, (_, index) => worldOf(seed, first + index));
    const laboratory = await Laboratory.open(located);
    try {
      for (const comparison of await compareWorlds(laboratory, worlds, questions)) {
        const [differing] = comparison.differences.keys();
        const count = counts.find(({ question }) => question === comparison.question);
        if (!count) continue;
        if (count.differing === 0 && differing !== undefined) {
          say(`${comparison.question}: world ${first + differing} differs; looking for the smallest that still does`);
          reports.push(await reportDifference(located, { seed, first, worlds }, comparison, differing));
        }
        count.worlds += length;
        count.pods += comparison.pods;
        count.given += comparison.given;
        count.contested += comparison.contested;
        count.differing += comparison.differences.size;
      }
    } finally {
      await laboratory.stop();
    }
    say(`${first + length} of ${wanted} worlds of seed ${seed} after ${duration(performance.now() - started)}`);
  }
  const lines = counts.map(
    ({ question, worlds, pods, given, contested, differing }) =>
      `${question.padEnd(11)}  ${worlds} worlds, ${pods} pods, of which ${given} are given something; ` +
      `${differing} worlds differ; ${contested} assignments contested`,
  );
  return [...reports, ...lines];
}
