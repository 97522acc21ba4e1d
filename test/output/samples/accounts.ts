import type { AccountsFindings } from "../../../src/core/findings/accounts.ts";
import { hostile } from "./hostile.ts";

export const accountsSamples: AccountsFindings = {
  "service-account-in-cluster": { serviceAccount: hostile, contexts: [hostile] },
  "service-account-default": { dedicated: hostile },
  "service-account-shared": { serviceAccount: hostile, others: [hostile, hostile], dedicated: hostile },
  "service-account-names-other-identity": {
    serviceAccount: hostile,
    annotation: hostile,
    value: hostile,
    dedicated: hostile,
  },
  "service-account-reused": { serviceAccount: hostile },
  "service-account-missing": { serviceAccount: hostile, among: "files" },
  "service-account-dedicated": { serviceAccount: hostile, dedicated: hostile },
  "service-account-not-reusable": {
    serviceAccount: hostile,
    because: "other-identity",
    annotation: hostile,
    value: hostile,
  },
  "service-account-settings-left-behind": {
    serviceAccount: hostile,
    dedicated: hostile,
    annotations: [hostile, hostile],
    labels: [hostile],
    secrets: [hostile],
  },
  "service-account-not-checked": { kinds: [hostile, hostile] },
  "role-bindings-not-checked": { kinds: [hostile, hostile] },
};
