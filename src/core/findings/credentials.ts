import type { Severity } from "./severity.ts";

/** What is told of how many credentials there are, and of identities that people choose. */
export interface CredentialsFindings {
  "credential-budget-exceeded": {
    principal: string;
    existing: number;
    planned: number;
    limit: number;
    /** How many there would be with one service account for the workloads of a namespace that have the same identities. */
    shared: number;
    /** What exists could not be read: it counts as nothing. */
    unread?: true;
    unused: string[];
  };
  "role-assignments-differ": { from: string; to: string; missing: string[] };
  "role-assignments-not-visible": { from: string; to: string; reason: string };
  "data-plane-rights-not-visible": { from: string; to: string };
  "credentials-not-counted": { principal: string; contexts: string[] };
  "credential-unused": { principal: string; missing: string[]; idle: string[] };
}

export const credentialsSeverities: Readonly<Record<keyof CredentialsFindings, Severity>> = {
  "credential-budget-exceeded": "error",
  "role-assignments-differ": "warning",
  "role-assignments-not-visible": "warning",
  "data-plane-rights-not-visible": "warning",
  "credentials-not-counted": "warning",
  "credential-unused": "info",
};
