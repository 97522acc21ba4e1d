import pLimit from "p-limit";
import type { Check } from "../core/documents/verification.ts";
import { nameOf } from "../core/facts.ts";
import { podTemplateOf } from "../core/kubernetes.ts";
import { ApiError, type ClusterAccess } from "../core/ports.ts";
import type { Judgement } from "../core/reports.ts";
import { wantedToken } from "../core/trust/backend.ts";
import { otherThanMapped } from "../core/verify.ts";
import { missingMutations, selectsWorkloadIdentity } from "../core/workloadIdentity/workloadIdentity.ts";
import { podOfTemplate } from "../core/workloads/podOfTemplate.ts";
import { createdDry, isUnanswerable } from "./dryRun.ts";

/** For every selected workload of a cluster: would the webhook change a pod made of its template now? Nothing is stored. */
export async function dryRunPodChecks(
  { facts, selected, decisions, mapped }: Judgement,
  cluster: (source: string) => ClusterAccess,
): Promise<Check[]> {
  const limit = pLimit(8);
  const mappings = new Map(mapped.mappings.map(mapping => [mapping.usage, mapping]));
  const checks = await Promise.all(
    selected
      .filter(
        usage =>
          usage.principals.length > 0 &&
          facts.sources.some(source => source.id === usage.workload.source && source.type === "cluster"),
      )
      .map(usage =>
        limit(async (): Promise<Check> => {
          const check = {
            code: "dry-run-pod-mutated",
            stage: "switch",
            usage: usage.id,
            subject: nameOf(usage.workload),
          } as const;
          const workload = facts.objects.get(usage.workload);
          const pod = workload && podOfTemplate(workload);
          if (!pod || !selectsWorkloadIdentity(podTemplateOf(workload))) {
            return {
              ...check,
              result: "not-checked",
              evidence: "would not be changed: the template does not select the webhook",
            };
          }
          const token = wantedToken(facts, decisions, usage);
          try {
            const made = await createdDry(pod, cluster(usage.workload.source));
            const missing = missingMutations(made, token);
            if (missing.length > 0)
              return { ...check, result: "failed", evidence: `made in a dry run, lacks ${missing.join(", ")}` };
            const mapping = mappings.get(usage.id);
            const different = mapping && otherThanMapped(facts, made, usage, mapping);
            if (different) return { ...check, result: "failed", evidence: `made in a dry run, ${different}` };
            return {
              ...check,
              result: "passed",
              evidence: "made in a dry run, has the variables and the token volume",
            };
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            return { ...check, result: isUnanswerable(error) ? "not-checked" : "failed", evidence: error.message };
          }
        }),
      ),
  );
  return checks;
}
