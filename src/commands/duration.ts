/** Of `setTimeout`, nearly 25 days; what is longer ends at once. */
const longest = 2 ** 31 - 1;

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `30s`, `2m`, `1m30s`, `500ms`, and as kubectl has it a bare number of seconds; undefined for anything else,
 * and for what no timer of Node can wait for. */
export function durationMilliseconds(value: string): number | undefined {
  const milliseconds = sumOf(value);
  return milliseconds !== undefined && milliseconds <= longest ? milliseconds : undefined;
}

function sumOf(value: string): number | undefined {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(part => part[0]).join("") !== value) return undefined;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
}
