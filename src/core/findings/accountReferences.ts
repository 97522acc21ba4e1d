import type { Severity } from "./severity.ts";

/** What is told of policies that name a service account. */
export interface AccountReferencesFindings {
  "account-named-elsewhere": { serviceAccount: string; object: string; field: string };
  "new-account-named-elsewhere": { serviceAccount: string; object: string; field: string };
  "account-policies-not-checked": { kinds: string[] };
}

export const accountReferencesSeverities: Readonly<Record<keyof AccountReferencesFindings, Severity>> = {
  "account-named-elsewhere": "error",
  "new-account-named-elsewhere": "error",
  "account-policies-not-checked": "warning",
};
