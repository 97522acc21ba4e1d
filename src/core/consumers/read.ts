import { isRecord } from "../kubernetes.ts";

/** A part of an object of a foreign kind, whatever its types are: undefined where the way there does not exist. */
export function partOf(value: unknown, ...path: readonly string[]): unknown {
  let part = value;
  for (const key of path) part = isRecord(part) && Object.hasOwn(part, key) ? part[key] : undefined;
  return part;
}

/** A text at that place; undefined also where something else stands there. */
export function textOf(value: unknown, ...path: readonly string[]): string | undefined {
  const part = partOf(value, ...path);
  return typeof part === "string" ? part : undefined;
}

/** The objects of a list at that place; what is no object is left out. */
export function recordsOf(value: unknown, ...path: readonly string[]): Record<string, unknown>[] {
  const part = partOf(value, ...path);
  return Array.isArray(part) ? part.filter(isRecord) : [];
}
