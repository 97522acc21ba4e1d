import type { ReadFrom, Severity } from "./severity.ts";

/** Why a workload's own account cannot be annotated with its identity. */
export type NotReusable =
  | { because: "default" }
  /** Without others: it was shared when an earlier run took workloads off it. */
  | { because: "shared"; others: string[] }
  | { because: "other-identity"; annotation: string; value: string };

/** What is told of service accounts: which one, why, and what it does not get from the one before. */
export interface AccountsFindings {
  "service-account-in-cluster": { serviceAccount: string; contexts: string[] };
  "service-account-default": { dedicated: string };
  "service-account-shared": { serviceAccount: string; others: string[]; dedicated: string };
  "service-account-names-other-identity": {
    serviceAccount: string;
    annotation: string;
    value: string;
    dedicated: string;
  };
  "service-account-reused": { serviceAccount: string };
  "service-account-missing": { serviceAccount: string; among: ReadFrom };
  "service-account-dedicated": { serviceAccount: string; dedicated: string };
  "service-account-not-reusable": { serviceAccount: string } & NotReusable;
  "service-account-settings-left-behind": {
    serviceAccount: string;
    dedicated: string;
    annotations: string[];
    labels: string[];
    secrets: string[];
  };
  "service-account-not-checked": { kinds: string[] };
  "role-bindings-not-checked": { kinds: string[] };
}

export const accountsSeverities: Readonly<Record<keyof AccountsFindings, Severity>> = {
  "service-account-in-cluster": "error",
  "service-account-default": "info",
  "service-account-shared": "info",
  "service-account-names-other-identity": "info",
  "service-account-reused": "info",
  "service-account-missing": "warning",
  "service-account-dedicated": "info",
  "service-account-not-reusable": "error",
  "service-account-settings-left-behind": "warning",
  "service-account-not-checked": "warning",
  "role-bindings-not-checked": "warning",
};
