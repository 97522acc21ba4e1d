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
