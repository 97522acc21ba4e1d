import { includes, observeChanges } from "./changes/change.ts";
import type { Json } from "./kubernetes.ts";
import type { FederatedCredential, IdentityBinding, Observation, Step } from "./model.ts";
import { credentialsInTheWay, isSameTrust } from "./trust/trusts.ts";

/**
 * What is there at a step's target now: an object (undefined: none), an identity's credentials, a cluster's identity bindings, or
 * that nobody could look.
 */
export type Seen =
  | { object: Json | undefined }
  | { credentials: readonly FederatedCredential[] }
  | { bindings: readonly IdentityBinding[] }
  | "unknown";

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
      const { sameToken, sameName } = credentialsInTheWay(seen.credentials, trust);
      return sameToken.length > 0 || sameName ? "drifted" : "pending";
    }
    case "bind": {
      if (!("bindings" in seen)) return "unknown";
      const { principal, name } = step.target;
      // AKS takes one binding of an identity and cluster: whatever its name, it is this one.
      const binding = seen.bindings.find(one => one.principal === principal);
      if (binding) return binding.state === "Succeeded" ? "done" : "pending";
      return seen.bindings.some(one => one.name === name) ? "drifted" : "pending";
    }
  }
}
