import type { Severity } from "./severity.ts";

/** What is told where cluster and cloud do not belong together. */
export interface CloudsFindings {
  /** `cloud`: the one that was asked; `issuerCloud`: the one that the issuer's host belongs to. */
  "cloud-mismatch": { context: string; issuer: string; cloud: string; issuerCloud: string };
}

export const cloudsSeverities: Readonly<Record<keyof CloudsFindings, Severity>> = {
  "cloud-mismatch": "warning",
};
