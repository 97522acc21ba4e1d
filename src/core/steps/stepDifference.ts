import { isEqual } from "../changes/change.ts";
import type { Step } from "../model.ts";

/** The first field, but for `except`, in which a saved step and the one derived now differ, with both values. */
export function fieldDifference(
  saved: Step,
  now: Step,
  except: readonly ("dependsOn" | "usages" | "changes")[],
): string | undefined {
  const passedOver = new Set<string>(except);
  for (const key of new Set([...Object.keys(saved), ...Object.keys(now)])) {
    const [was, is] = [saved[key as keyof Step], now[key as keyof Step]];
    if (!passedOver.has(key) && !isEqual(was, is)) return `${key}: the plan has ${short(was)}, now it is ${short(is)}`;
  }
  return undefined;
}

/** A value as a difference shows it. */
export function short(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
