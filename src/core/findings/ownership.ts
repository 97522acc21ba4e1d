import type { Severity } from "./severity.ts";

/** What is told of who writes an object. */
export interface OwnershipFindings {
  "object-owned": { tool: string; evidence: string };
}

export const ownershipSeverities: Readonly<Record<keyof OwnershipFindings, Severity>> = {
  "object-owned": "error",
};
