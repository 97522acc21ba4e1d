import type { CredentialsFindings } from "../../../src/core/findings/credentials.ts";
import { hostile } from "./hostile.ts";

export const credentialsSamples: CredentialsFindings = {
  "credential-budget-exceeded": {
    principal: hostile,
    existing: 18,
    planned: 4,
    limit: 20,
    shared: 19,
    unused: [hostile],
  },
  "role-assignments-differ": { from: hostile, to: hostile, missing: [hostile, hostile] },
  "role-assignments-not-visible": { from: hostile, to: hostile, reason: hostile },
  "data-plane-rights-not-visible": { from: hostile, to: hostile },
  "credentials-not-counted": { principal: hostile, contexts: [hostile, hostile] },
  "credential-unused": { principal: hostile, missing: [hostile], idle: [hostile] },
};
