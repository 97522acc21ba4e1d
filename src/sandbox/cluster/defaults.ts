import { isRecord } from "../../core/kubernetes.ts";
import type { ServedKind } from "./kinds.ts";
import type { Container, KubernetesObject, PodSpec, PodTemplate } from "./object.ts";

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
      break;
  }
}

/**
 * `serviceAccount` is the old name of `serviceAccountName`: reading takes the new field, else the old one, and writing sets
 * both (kubernetes pkg/apis/core/v1/conversion.go). So removing one of the two changes nothing.
 */
function defaultPodSpec(spec: PodSpec): void {
  const serviceAccount = spec.serviceAccountName || spec.serviceAccount;
  if (serviceAccount) {
    spec.serviceAccountName = serviceAccount;
    spec.serviceAccount = serviceAccount;
  } else {
    delete spec.serviceAccountName;
    delete spec.serviceAccount;
  }
  fill(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  if (spec.hostNetwork === false) delete spec.hostNetwork;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) defaultContainer(container);
  for (const volume of spec.volumes ?? []) {
    if (volume.projected) volume.projected.defaultMode ??= 0o644;
    for (const source of ["configMap", "secret"])
      if (isRecord(volume[source])) fill(volume[source], { defaultMode: 0o644 });
  }
}

function defaultContainer(container: Container): void {
  const image = container.image ?? "";
  const latest = !image.includes("@") && (/:latest$/.test(image) || !/:[^/]*$/.test(image));
  fill(container, {
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  if (Array.isArray(container.ports)) {
    for (const port of container.ports) if (isRecord(port)) fill(port, { protocol: "TCP" });
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
  if (job.metadata.labels === undefined) {
    const labels = (spec.template as PodTemplate | undefined)?.metadata?.labels;
    if (labels) job.metadata.labels = { ...labels };
  }
}

function fill(target: Record<string, unknown>, defaults: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(defaults)) if (target[field] === undefined) target[field] = value;
}
