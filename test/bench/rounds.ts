/** Something that is timed: what one run of it took, in milliseconds. */
export type Contestant = () => Promise<number>;

/** What every round gave, by contestant and in the order of the rounds. */
export type Series<Name extends string> = Record<Name, number[]>;

/**
 * Runs all contestants in turn, A B C A B C, after a round that does not count: what disturbs the machine for a while disturbs
 * them alike.
 */
export async function interleave<Name extends string>(
  contestants: Record<Name, Contestant>,
  rounds: number,
): Promise<Series<Name>> {
  const entries = Object.entries(contestants) as [Name, Contestant][];
  const series = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Series<Name>;
  for (let round = -1; round < rounds; round++) {
    for (const [name, contestant] of entries) {
      const milliseconds = await contestant();
      if (round >= 0) series[name].push(milliseconds);
    }
  }
  return series;
}

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? Number.NaN)) / 2 : upper;
}

/** Round by round what ours took for one of the partner's. */
export function ratios(ours: readonly number[], partner: readonly number[]): number[] {
  return ours.map((one, round) => one / (partner[round] ?? Number.NaN));
}

/** Round by round, each time less that of the round's run that only starts. */
export function aside(series: readonly number[], startUp: readonly number[]): number[] {
  return series.map((one, round) => one - (startUp[round] ?? Number.NaN));
}
