import type { Facts } from "./facts.ts";

/** What is worked out once for some facts, however many usages ask; it must not rest on Azure, which is asked later than the rest. */
export function perFacts<T>(compute: (facts: Facts) => T): (facts: Facts) => T {
  const known = new WeakMap<Facts, { value: T }>();
  return facts => {
    const found = known.get(facts) ?? { value: compute(facts) };
    known.set(facts, found);
    return found.value;
  };
}
