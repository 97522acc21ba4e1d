import type { Facts } from "../facts.ts";
import type { Decisions, PrincipalRef, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { clusterOf, isBound } from "../trust/backend.ts";
import { chosenIdentity, identitiesToCompare } from "../trust/chosenIdentity.ts";
import { select } from "../usages.ts";
import { asDecided, foundIn } from "../usagesOfFacts.ts";
import { isClientID } from "./servicePrincipal.ts";

/** The managed identities that ARM has to be asked about: by resource id where they have one, and by client id. */
export function principalsToRead(facts: Facts, decisions: Decisions): PrincipalRef[] {
  const principals = new Map<string, PrincipalRef>();
  for (const usage of usagesToDecide(facts, decisions)) {
    const chosen = chosenIdentity(facts, decisions, usage);
    for (const principal of [...(chosen ? [chosen] : []), ...usage.principals]) {
      const { type, id, clientID } = principal;
      if (type === "userAssigned" && id !== "") principals.set(`${id}\n${clientID.toLowerCase()}`, principal);
    }
  }
  return [...principals.entries()].sort(([a], [b]) => compare(a, b)).map(([, principal]) => principal);
}

/** The applications that Microsoft Graph has to be asked about, by client id in lower case. */
export function applicationsToRead(facts: Facts, decisions: Decisions): string[] {
  const principals = usagesToDecide(facts, decisions).flatMap(usage => usage.principals);
  const applications = principals.filter(({ type, id }) => type === "application" && isClientID(id));
  return [...new Set(applications.map(({ id }) => id))].sort(compare);
}

/** The AKS clusters whose identity bindings decide about a chosen usage, by resource id. */
export function identityBindingsToRead(facts: Facts, decisions: Decisions): string[] {
  const clusters = new Set<string>();
  for (const usage of usagesToDecide(facts, decisions)) {
    const resourceID = clusterOf(facts, usage)?.azure?.resourceID;
    if (resourceID !== undefined && isBound(facts, decisions, usage)) clusters.add(resourceID);
  }
  return [...clusters].sort(compare);
}

/** The identities whose roles are compared, because people chose one in place of the other. */
export function chosenToCompare(facts: Facts, decisions: Decisions): ReturnType<typeof identitiesToCompare> {
  return identitiesToCompare(asDecided(facts, decisions, usagesToDecide(facts, decisions)));
}

/** Those that `-n` and `-l` choose, as Kubernetes alone tells of them. */
function usagesToDecide(facts: Facts, decisions: Decisions): Usage[] {
  return select(facts, foundIn(facts, decisions).usages, decisions);
}
