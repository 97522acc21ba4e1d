import type { IdentityBindingsFindings } from "../../../src/core/findings/identityBindings.ts";
import { hostile } from "./hostile.ts";

export const identityBindingsSamples: IdentityBindingsFindings = {
  "identity-binding-adopted": { name: hostile, principal: hostile },
  "identity-binding-without-cluster": {},
  "identity-binding-vnet-integration": { cluster: hostile },
  "identity-binding-not-in-webhook": { version: hostile },
  "identity-binding-proxy": { version: hostile },
  "identity-binding-program": { programs: [hostile] },
  "identity-binding-sdk-option": { options: [hostile] },
  "identity-binding-consumer": { consumer: hostile, object: hostile },
  "identity-binding-backends-differ": { bindings: [hostile], credentials: [hostile] },
  "identity-binding-name-taken": { name: hostile, principal: hostile },
  "identity-binding-role-differs": { object: hostile },
  "identity-binding-not-checked": { reason: hostile },
};
