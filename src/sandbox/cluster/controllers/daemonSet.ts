import type { KubernetesObject, Pod, Workload } from "../object.ts";
import { counters } from "./conditions.ts";
import { type Control, type Reconcile, remove, writeStatus } from "./control.ts";
import { affinityTo, nodesFor, pinnedNode } from "./nodes.ts";
import { countAvailable, createPod, isActive, isReady, podsOf } from "./pods.ts";
import { presentRevision, REVISION_LABEL } from "./revisions.ts";

/** kubernetes pkg/controller/daemon: a pod on every node that fits, replaced node by node as far as maxUnavailable allows. */
export const reconcileDaemonSet: Reconcile = (control, object) => {
  const set = object as Workload;
  if (set.metadata.deletionTimestamp !== undefined) return;
  const hash = presentRevision(control, set).metadata.labels?.[REVISION_LABEL] ?? "";
  const nodes = nodesFor(control, set.spec.template.spec.nodeSelector);
  for (const node of nodes) {
    if (podOn(podsOf(control, set), node) === undefined && !createOn(control, set, { node, hash })) break;
  }
  for (const pod of podsOf(control, set)) {
    if (isActive(pod) && !nodes.some(({ metadata }) => metadata.name === nodeOf(pod))) remove(control, pod);
  }
  replaceOutdated(control, set, { nodes, hash });
  writeSetStatus(control, set, { nodes, hash });
};

interface Rollout {
  nodes: KubernetesObject[];
  hash: string;
}

function createOn(control: Control, set: Workload, { node, hash }: { node: KubernetesObject; hash: string }): boolean {
  const refused = createPod(control, set, set.spec.template, {
    labels: { [REVISION_LABEL]: hash, "pod-template-generation": String(set.metadata.generation ?? 1) },
    spec: { affinity: affinityTo(node.metadata.name ?? "") },
  });
  return refused === undefined;
}

function replaceOutdated(control: Control, set: Workload, { nodes, hash }: Rollout): void {
  const strategy = set.spec.updateStrategy as
    | { type?: string; rollingUpdate?: { maxUnavailable?: number | string } }
    | undefined;
  if (strategy?.type === "OnDelete") return;
  const pods = podsOf(control, set).filter(isActive);
  const unavailable = nodes.length - pods.filter(isReady).length;
  const limit = strategy?.rollingUpdate?.maxUnavailable ?? 1;
  const allowed =
    typeof limit === "number" ? limit : Math.ceil((Number(String(limit).replace("%", "")) / 100) * nodes.length);
  const outdated = pods.filter(pod => pod.metadata.labels?.[REVISION_LABEL] !== hash);
  // Pods that are not ready anyway go at once; they cost no availability.
  for (const pod of outdated.filter(pod => !isReady(pod))) remove(control, pod);
  for (const pod of outdated.filter(isReady).slice(0, Math.max(0, allowed - unavailable))) remove(control, pod);
}

function writeSetStatus(control: Control, set: Workload, { nodes, hash }: Rollout): void {
  const pods = podsOf(control, set).filter(isActive);
  const available = countAvailable(control, set, pods, set.spec.minReadySeconds ?? 0);
  writeStatus(control, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: pods.filter(isReady).length,
    observedGeneration: set.metadata.generation,
    ...counters({
      updatedNumberScheduled: pods.filter(pod => pod.metadata.labels?.[REVISION_LABEL] === hash).length,
      numberAvailable: available,
      numberUnavailable: nodes.length - available,
    }),
  });
}

function podOn(pods: Pod[], node: KubernetesObject): Pod | undefined {
  return pods.find(pod => nodeOf(pod) === node.metadata.name);
}

function nodeOf(pod: Pod): string | undefined {
  return pod.spec.nodeName ?? pinnedNode(pod.spec);
}
