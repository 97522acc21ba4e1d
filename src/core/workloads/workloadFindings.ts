import type { Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { kindKey } from "../kubernetes.ts";
import type { Usage } from "../model.ts";
import { labelFindings } from "./usedTemplate.ts";
import { isFinished } from "./workloadStates.ts";
import type { Workload } from "./workloads.ts";

/** What is told of a workload that uses pod identity, whatever it becomes. */
export function workloadFindings(facts: Facts, workload: Workload, state: Usage["state"]): Finding[] {
  const { ref, object, location } = workload.found;
  const about = { subject: ref, ...(location ? { at: location } : {}) };
  const kind = kindKey(ref);
  if (object.metadata.deletionTimestamp !== undefined) return [finding("workload-terminating", about, { kind })];
  if (isFinished(object)) return [finding("workload-finished", about, { kind })];
  return labelFindings(facts, workload, state);
}

/** Whether no pod will ever be made of it again: there is nothing to change. */
export function needsNothing({ findings }: Pick<Usage, "findings">): boolean {
  return findings.includes("workload-terminating") || findings.includes("workload-finished");
}
