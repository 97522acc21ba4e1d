import { includes, observeChanges } from "./change.ts";
import type { Json } from "./kubernetes.ts";
import type { FederatedCredential, Observation, Step } from "./model.ts";
import { isSameTrust } from "./trusts.ts";

/** What is there at a step's target now: an object (undefined: none), an identity's credentials, or that nobody could look. */
export type Seen = { object: Json | undefined } | { credentials: readonly FederatedCredential[] } | "unknown";

/**
 * How a step stands against what is there. Stale plans, resuming, idempotence and "nothing to do" are all this one question.
 * A manual step is done when its changes are, like the patch it stands for.
 */
export function observe(step: Step, seen: Seen): Observation {
  if (seen === "unknown") return "unknown";
  switch (step.op) {
    case "create":
      if (!("object" in seen)) return "unknown";
      if (seen.object === undefined) return "pending";
      return includes(seen.object, step.object) ? "done" : "drifted";
    case "patch":
    case "manual":
      if (!("object" in seen)) return "unknown";
      return seen.object === undefined ? "drifted" : observeChanges(step.changes, seen.object);
    case "trust": {
      if (!("credentials" in seen)) return "unknown";
      const { trust } = step;
      if (seen.credentials.some(credential => isSameTrust(credential, trust))) return "done";
      // A PUT would replace whatever has the name, and Entra takes one credential for an issuer and subject.
      const inTheWay = seen.credentials.some(
        one => one.name === trust.name || (one.issuer === trust.issuer && one.subject === trust.subject),
      );
      return inTheWay ? "drifted" : "pending";
    }
  }
}
