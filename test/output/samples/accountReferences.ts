import type { AccountReferencesFindings } from "../../../src/core/findings/accountReferences.ts";
import { hostile } from "./hostile.ts";

export const accountReferencesSamples: AccountReferencesFindings = {
  "account-named-elsewhere": { serviceAccount: hostile, object: hostile, field: hostile },
  "new-account-named-elsewhere": { serviceAccount: hostile, object: hostile, field: hostile },
  "account-policies-not-checked": { kinds: [hostile] },
};
