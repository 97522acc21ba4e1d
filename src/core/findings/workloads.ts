import type { Severity } from "./severity.ts";

/** What is told of workloads and how they take a change. */
export interface WorkloadsFindings {
  "job-immutable": Record<string, never>;
  "pod-not-managed": Record<string, never>;
  "pods-do-not-roll": { kind: string };
  "rollout-paused": Record<string, never>;
  "client-id-in-template": { clientID: string; expected: string };
}

export const workloadsSeverities: Readonly<Record<keyof WorkloadsFindings, Severity>> = {
  "job-immutable": "warning",
  "pod-not-managed": "warning",
  "pods-do-not-roll": "warning",
  "rollout-paused": "error",
  "client-id-in-template": "error",
};
