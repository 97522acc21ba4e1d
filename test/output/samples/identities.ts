import type { IdentitiesFindings } from "../../../src/core/findings/identities.ts";
import { hostile } from "./hostile.ts";

export const identitiesSamples: IdentitiesFindings = {
  "client-id-not-a-guid": { clientID: hostile },
  "identity-moved": { clientID: hostile, from: hostile, to: hostile },
  "identity-found-by-client-id": { clientID: hostile, from: hostile, to: hostile },
  "identity-in-other-tenant": { principal: hostile, tenantID: hostile, cluster: hostile },
  "subscription-not-checked": { resourceID: hostile, subscription: hostile, reason: hostile },
};
