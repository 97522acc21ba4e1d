import { isRecord } from "../../core/kubernetes.ts";
import type { Container, PodSpec } from "./object.ts";

/**
 * Fills in a pod spec. `serviceAccount` is the old name of `serviceAccountName`: reading takes the new field, else the old one,
 * and writing sets both (kubernetes pkg/apis/core/v1/conversion.go), so removing one of the two changes nothing.
 */
export function defaultPodSpec(spec: PodSpec): void {
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
    for (const source of ["configMap", "secret"]) {
      if (isRecord(volume[source])) fill(volume[source], { defaultMode: 0o644 });
    }
  }
}

/** What admission plugins add to a pod, and to no template (Priority, DefaultTolerationSeconds). */
export function defaultPod(spec: PodSpec): void {
  const evicted = (key: string) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 });
  const tolerations = Array.isArray(spec.tolerations) ? spec.tolerations.filter(isRecord) : [];
  const added = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    .filter(key => !tolerations.some(toleration => toleration.key === key || toleration.key === undefined))
    .map(evicted);
  fill(spec, { enableServiceLinks: true, preemptionPolicy: "PreemptLowerPriority", priority: 0 });
  if (tolerations.length + added.length > 0) spec.tolerations = [...tolerations, ...added];
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
  for (const variable of container.env ?? []) if (variable.value === "") delete variable.value;
  if (Array.isArray(container.ports)) {
    for (const port of container.ports) if (isRecord(port)) fill(port, { protocol: "TCP" });
  }
}

/** Sets the fields that are not there. */
export function fill(target: Record<string, unknown>, defaults: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(defaults)) if (target[field] === undefined) target[field] = value;
}
