import { type Condition, timestamp } from "../object.ts";

/** Adds or replaces a condition; lastTransitionTime moves only with the condition's status. */
export function withCondition(conditions: readonly Condition[], condition: Condition, now: number): Condition[] {
  const before = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : undefined;
  const next = { ...condition, lastTransitionTime: lastTransitionTime ?? timestamp(now) };
  return before ? conditions.map(each => (each === before ? next : each)) : [...conditions, next];
}

export function withoutCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter(condition => condition.type !== type);
}

/** Leaves out the counters that are zero, as the API server's JSON does. */
export function counters(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
