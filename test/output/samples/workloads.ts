import type { WorkloadsFindings } from "../../../src/core/findings/workloads.ts";
import { hostile } from "./hostile.ts";

const wanted = {
  fields: [hostile, hostile],
  serviceAccount: hostile,
  clientID: hostile,
  subject: hostile,
  creates: { createdFor: hostile, insteadOf: hostile },
};

export const workloadsSamples: WorkloadsFindings = {
  "job-immutable": {},
  "pod-not-managed": {},
  "pods-do-not-roll": { kind: hostile },
  "pods-need-restart": { serviceAccount: hostile, kind: hostile, namespace: hostile, name: hostile },
  "rollout-paused": {},
  "rollout-partitioned": { partition: 2 },
  "client-id-in-template": { clientID: hostile, expected: hostile },
  "workload-finished": { kind: hostile },
  "workload-terminating": { kind: hostile },
  "workload-suspended": { kind: hostile },
  "no-replicas": { kind: hostile },
  "static-pod": {},
  "foreign-controller": { ...wanted, in: hostile, chain: [hostile, hostile], runsOnce: true },
  "unknown-controller": { ...wanted, controller: hostile, chain: [hostile, hostile] },
  "pods-made-by-program": { ...wanted, program: hostile },
  "controller-not-checked": { controller: hostile, kind: hostile },
  "label-differs-on-pods": { onPods: [hostile], inTemplate: [hostile], since: "byHand" },
  "label-missing-on-pods": { inTemplate: [hostile], since: "unknown" },
  "label-in-wrong-place": { place: hostile, value: hostile },
  "label-misspelt": { key: hostile, place: hostile, value: hostile },
};
