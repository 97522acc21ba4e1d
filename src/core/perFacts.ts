import type { Facts } from "./facts.ts";

/** What is worked out once for some facts, however many usages ask; it must rest on the objects alone. */
export function perFacts<T>(compute: (facts: Facts) => T): (facts: Facts) => T {
  const known = new WeakMap<Facts["objects"], { value: T }>();
  return facts => {
    const found = known.get(facts.objects) ?? { value: compute(facts) };
    known.set(facts.objects, found);
    return found.value;
  };
}
