import { isRecord } from "../../core/kubernetes.ts";
import { claimPods } from "./jobSelector.ts";
import type { ServedKind } from "./kinds.ts";
import type { KubernetesObject, PodSpec, PodTemplate } from "./object.ts";
import { defaultPodSpec, fill } from "./podDefaults.ts";

/**
 * What the API server fills in when it reads an object (kubernetes pkg/apis/core/v1/defaults.go and its siblings), as far as
 * rollouts, admission and comparisons depend on it. Changes the object.
 */
export function applyDefaults(kind: ServedKind, object: KubernetesObject): void {
  const spec = isRecord(object.spec) ? object.spec : undefined;
  switch (kind.kind) {
    case "Pod":
      if (spec) defaultPodSpec(spec as unknown as PodSpec);
      break;
    case "Deployment":
      if (!spec) break;
      fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
      defaultStrategy(spec.strategy);
      defaultTemplate(spec.template);
      break;
    case "ReplicaSet":
      if (!spec) break;
      fill(spec, { replicas: 1 });
      defaultTemplate(spec.template);
      break;
    case "StatefulSet":
      if (!spec) break;
      fill(spec, {
        replicas: 1,
        revisionHistoryLimit: 10,
        podManagementPolicy: "OrderedReady",
        updateStrategy: { type: "RollingUpdate" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      });
      if (isRecord(spec.updateStrategy) && spec.updateStrategy.type === "RollingUpdate") {
        fill(spec.updateStrategy, { rollingUpdate: { partition: 0 } });
      }
      defaultTemplate(spec.template);
      break;
    case "DaemonSet":
      if (!spec) break;
      fill(spec, { revisionHistoryLimit: 10, updateStrategy: { type: "RollingUpdate" } });
      if (isRecord(spec.updateStrategy) && spec.updateStrategy.type === "RollingUpdate") {
        fill(spec.updateStrategy, { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
      }
      defaultTemplate(spec.template);
      break;
    case "Job":
      if (spec) defaultJob(object, spec);
      break;
    case "CronJob":
      if (!spec) break;
      fill(spec, {
        concurrencyPolicy: "Allow",
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      });
      if (isRecord(spec.jobTemplate) && isRecord(spec.jobTemplate.spec)) {
        fill(spec.jobTemplate, { metadata: {} });
        defaultTemplate(spec.jobTemplate.spec.template);
      }
      break;
    case "Namespace": {
      const metadata = object.metadata;
      metadata.labels = { "kubernetes.io/metadata.name": metadata.name ?? "", ...metadata.labels };
      fill(object, { spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } });
      break;
    }
    case "Secret":
      fill(object, { type: "Opaque" });
      dropEmpty(object, "data");
      break;
    case "ConfigMap":
      dropEmpty(object, "data");
      break;
  }
}

function defaultTemplate(template: unknown): void {
  if (!isRecord(template)) return;
  fill(template, { metadata: {} });
  if (isRecord(template.spec)) defaultPodSpec(template.spec as unknown as PodSpec);
}

function defaultStrategy(strategy: unknown): void {
  if (!isRecord(strategy)) return;
  fill(strategy, { type: "RollingUpdate" });
  if (strategy.type !== "RollingUpdate") return;
  fill(strategy, { rollingUpdate: {} });
  if (isRecord(strategy.rollingUpdate)) fill(strategy.rollingUpdate, { maxSurge: "25%", maxUnavailable: "25%" });
}

function defaultJob(job: KubernetesObject, spec: Record<string, unknown>): void {
  fill(spec, {
    ...(spec.completions === undefined && spec.parallelism === undefined ? { completions: 1 } : {}),
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: "TerminatingOrFailed",
  });
  defaultTemplate(spec.template);
  // Its selector's labels are added to the template's before the Job takes these over.
  claimPods(job);
  const labels = (spec.template as PodTemplate | undefined)?.metadata?.labels;
  if (job.metadata.labels === undefined && labels) job.metadata.labels = { ...labels };
}

function dropEmpty(object: KubernetesObject, field: string): void {
  if (isRecord(object[field]) && Object.keys(object[field]).length === 0) delete object[field];
}
