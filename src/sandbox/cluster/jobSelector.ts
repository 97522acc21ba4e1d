import { isRecord } from "../../core/kubernetes.ts";
import type { KubernetesObject, PodTemplate } from "./object.ts";

/**
 * The selector and the labels by which a Job finds its pods (kubernetes pkg/registry/batch/job/strategy.go generateSelector);
 * the Job needs its uid already. A Job with manualSelector keeps its own.
 */
export function claimPods(job: KubernetesObject): void {
  const spec = job.spec;
  if (!isRecord(spec) || spec.manualSelector === true || !isRecord(spec.template) || spec.selector) return;
  const template = spec.template as unknown as PodTemplate;
  const uid = job.metadata.uid ?? "";
  template.metadata = {
    ...template.metadata,
    labels: {
      ...template.metadata?.labels,
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": job.metadata.name ?? "",
      "controller-uid": uid,
      "job-name": job.metadata.name ?? "",
    },
  };
  spec.selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
}
