import type { WorkloadsFindings } from "../../../src/core/findings/workloads.ts";
import { hostile } from "./hostile.ts";

export const workloadsSamples: WorkloadsFindings = {
  "job-immutable": {},
  "pod-not-managed": {},
  "pods-do-not-roll": { kind: hostile },
  "rollout-paused": {},
  "client-id-in-template": { clientID: hostile, expected: hostile },
};
