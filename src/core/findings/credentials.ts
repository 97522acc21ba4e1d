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
    unused: string[];
  };
  "credentials-not-counted": { principal: string; contexts: string[] };
  "credential-unused": { principal: string; missing: string[]; idle: string[] };
}

export const credentialsSeverities: Readonly<Record<keyof CredentialsFindings, Severity>> = {
  "credential-budget-exceeded": "error",
  "credentials-not-counted": "warning",
  "credential-unused": "info",
};
