import type { Severity } from "./severity.ts";

/** What has to be there before the pods of a foreign controller are switched: the tool makes none of it for them. */
interface Wanted {
  /** What to write where, one line each. */
  fields: string[];
  serviceAccount: string;
  clientID: string;
  /** Of the federated credential. */
  subject: string;
  /** Where the account is not there yet: what tells the next plan whose it is, and the account that it stands in for. */
  creates?: { createdFor: string; insteadOf?: string };
}

/** What is told of workloads and how they take a change. */
export interface WorkloadsFindings {
  "job-immutable": Record<string, never>;
  "pod-not-managed": Record<string, never>;
  "pods-do-not-roll": { kind: string };
  "pods-need-restart": { serviceAccount: string; kind: string; namespace: string; name: string };
  "rollout-paused": Record<string, never>;
  "rollout-partitioned": { partition: number };
  "client-id-in-template": { clientID: string; expected: string };
  "workload-finished": { kind: string };
  "workload-terminating": { kind: string };
  "workload-suspended": { kind: string };
  "no-replicas": { kind: string };
  "static-pod": Record<string, never>;
  /** `in`: the object that has the fields; `runsOnce`: it cannot be changed, only what makes it. */
  "foreign-controller": Wanted & { in: string; chain: string[]; runsOnce: boolean };
  "unknown-controller": Wanted & { controller: string; chain: string[] };
  "pods-made-by-program": Wanted & { program: string };
  "controller-not-checked": { controller: string; kind: string };
  "label-differs-on-pods": { onPods: string[]; inTemplate: string[]; since: "olderTemplate" | "byHand" | "unknown" };
  "label-missing-on-pods": { inTemplate: string[]; since: "olderTemplate" | "byHand" | "unknown" };
  "label-in-wrong-place": { place: string; value: string };
  "label-misspelt": { key: string; place: string; value: string };
}

export const workloadsSeverities: Readonly<Record<keyof WorkloadsFindings, Severity>> = {
  "job-immutable": "warning",
  "pod-not-managed": "warning",
  "pods-do-not-roll": "warning",
  "pods-need-restart": "warning",
  "rollout-paused": "error",
  "rollout-partitioned": "warning",
  "client-id-in-template": "error",
  "workload-finished": "info",
  "workload-terminating": "info",
  "workload-suspended": "warning",
  "no-replicas": "warning",
  "static-pod": "error",
  "foreign-controller": "error",
  "unknown-controller": "error",
  "pods-made-by-program": "error",
  "controller-not-checked": "warning",
  "label-differs-on-pods": "error",
  "label-missing-on-pods": "warning",
  "label-in-wrong-place": "warning",
  "label-misspelt": "warning",
};
