import type { Facts } from "./facts.ts";
import type { Decisions, Usage } from "./model.ts";
import { chosenUsages } from "./trust/chosenIdentity.ts";
import { placedUsages } from "./trust/places.ts";
import { type Found, find } from "./usages.ts";

const known = new WeakMap<Facts, WeakMap<Decisions, Found>>();

/** Who uses what is found once: Azure, which is asked about it before the rest is decided, has no part in it. */
export function foundIn(facts: Facts, decisions: Decisions): Found {
  const ofFacts = known.get(facts) ?? new WeakMap<Decisions, Found>();
  const found = ofFacts.get(decisions) ?? find(facts, decisions);
  known.set(facts, ofFacts.set(decisions, found));
  return found;
}

/** With their principals as Azure has them and people chose them. */
export function asDecided(facts: Facts, decisions: Decisions, usages: readonly Usage[]): Usage[] {
  return chosenUsages(facts, decisions, placedUsages(facts, usages));
}
