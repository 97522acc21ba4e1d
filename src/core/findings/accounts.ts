import type { Severity } from "./severity.ts";

/** What is told of service accounts: which one, why, and what it would lose. */
export interface AccountsFindings {
  "service-account-default": { dedicated: string };
  "service-account-shared": { serviceAccount: string; others: string[]; dedicated: string };
  "service-account-names-other-identity": {
    serviceAccount: string;
    annotation: string;
    value: string;
    dedicated: string;
  };
  "service-account-reused": { serviceAccount: string };
  "service-account-missing": { serviceAccount: string };
  "role-bindings-not-carried-over": { serviceAccount: string; bindings: string[] };
  "image-pull-secrets-not-carried-over": { serviceAccount: string; secrets: string[] };
  "automount-not-carried-over": { serviceAccount: string; value: boolean };
  "service-account-not-checked": { kinds: string[] };
  "role-bindings-not-checked": { kinds: string[] };
}

export const accountsSeverities: Readonly<Record<keyof AccountsFindings, Severity>> = {
  "service-account-default": "info",
  "service-account-shared": "info",
  "service-account-names-other-identity": "info",
  "service-account-reused": "info",
  "service-account-missing": "warning",
  "role-bindings-not-carried-over": "error",
  "image-pull-secrets-not-carried-over": "error",
  "automount-not-carried-over": "error",
  "service-account-not-checked": "warning",
  "role-bindings-not-checked": "warning",
};
