import { isRecord } from "../core/kubernetes.ts";

/** The named fields that are there. */
export function pick(from: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) if (Object.hasOwn(from, key)) picked[key] = from[key];
  return picked;
}

/** The entries whose key passes, or undefined when none does. A key `__proto__` stays an entry like others. */
export function pickKeys(
  from: Record<string, unknown>,
  keeps: (key: string) => boolean,
): Record<string, unknown> | undefined {
  const entries = Object.entries(from).filter(([key]) => keeps(key));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** As `pick`, for fields that may be nested: `status.resources`. A field that is wanted whole is not narrowed by one inside it. */
export function pickPaths(from: Record<string, unknown>, paths: readonly string[]): Record<string, unknown> {
  const whole = pick(from, paths);
  const nested = new Map<string, string[]>();
  for (const path of paths) {
    const [key = "", ...rest] = path.split(".");
    if (rest.length === 0 || Object.hasOwn(whole, key)) continue;
    nested.set(key, [...(nested.get(key) ?? []), rest.join(".")]);
  }
  for (const [key, inner] of nested) {
    const value = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isRecord(value)) whole[key] = pickPaths(value, inner);
  }
  return whole;
}
