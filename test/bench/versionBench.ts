import { wallTime } from "./processes.ts";
import { program } from "./program.ts";
import { duration, type Result } from "./results.ts";
import { interleave, median, ratios } from "./rounds.ts";

/** What starting costs: `--version` against a Node that does nothing. */
export async function versionBench(home: string): Promise<Result[]> {
  const nothing = { command: process.execPath, args: ["-e", "0"], env: { PATH: process.env.PATH, HOME: home } };
  const { ours, node } = await interleave(
    { ours: () => wallTime(program(["--version"], { home })), node: () => wallTime(nothing) },
    31,
  );
  return [
    {
      figure: "--version",
      ours: duration(median(ours)),
      partner: "node -e 0",
      partnerFigure: duration(median(node)),
      ratios: ratios(ours, node),
      goal: { atMost: 1.3 },
    },
  ];
}
