import type { AccountsFindings } from "../../../src/core/findings/accounts.ts";
import { hostile } from "./hostile.ts";

export const accountsSamples: AccountsFindings = {
  "service-account-default": { dedicated: hostile },
  "service-account-shared": { serviceAccount: hostile, others: [hostile, hostile], dedicated: hostile },
  "service-account-names-other-identity": {
    serviceAccount: hostile,
    annotation: hostile,
    value: hostile,
    dedicated: hostile,
  },
  "service-account-reused": { serviceAccount: hostile },
  "service-account-missing": { serviceAccount: hostile },
  "role-bindings-not-carried-over": { serviceAccount: hostile, bindings: [hostile, hostile] },
  "image-pull-secrets-not-carried-over": { serviceAccount: hostile, secrets: [hostile, hostile] },
  "automount-not-carried-over": { serviceAccount: hostile, value: false },
  "service-account-not-checked": { kinds: [hostile, hostile] },
  "role-bindings-not-checked": { kinds: [hostile, hostile] },
};
