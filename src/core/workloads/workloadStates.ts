import { foreignControllerOf } from "../foreignControllers.ts";
import { isRecord, type KubernetesObject, kindKey } from "../kubernetes.ts";

/** Whether it has run to its end, so that no pod will ever be made of it again. */
export function isFinished(object: KubernetesObject): boolean {
  const { status } = object;
  switch (kindKey(object)) {
    case "Pod":
      return status?.phase === "Succeeded" || status?.phase === "Failed";
    case "Job":
      // The conditions of a Job that has ended: JobComplete and JobFailed of k8s.io/api batch/v1.
      return conditionsOf(status).some(
        ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
      );
    default:
      return foreignControllerOf(object)?.run?.isFinished(object) ?? false;
  }
}

function conditionsOf(status: KubernetesObject["status"]): Record<string, unknown>[] {
  const conditions: readonly unknown[] = Array.isArray(status?.conditions) ? status.conditions : [];
  return conditions.filter(isRecord);
}

/** Whether somebody holds it back: no pod is made before it is resumed. */
export function isSuspended({ spec }: KubernetesObject): boolean {
  return spec?.suspend === true;
}

/** Whether it is scaled to nothing. */
export function hasNoReplicas({ spec }: KubernetesObject): boolean {
  return spec?.replicas === 0;
}

/** The ordinal below which a StatefulSet's pods keep their old template; 0 where all of them get the new one. */
export function partitionOf({ kind, spec }: KubernetesObject): number {
  const strategy = kind === "StatefulSet" && isRecord(spec?.updateStrategy) ? spec.updateStrategy : {};
  const partition = isRecord(strategy.rollingUpdate) ? strategy.rollingUpdate.partition : 0;
  return typeof partition === "number" ? partition : 0;
}

/**
 * Whether the kubelet runs this pod from a file of its node: the API has a copy for show, which names the node as its owner
 * (pkg/kubelet/pod/mirror_client.go) and carries annotations (pkg/kubelet/types/pod_update.go).
 */
export function isStaticPod({ kind, metadata }: KubernetesObject): boolean {
  if (kind !== "Pod") return false;
  const owners: unknown = metadata.ownerReferences;
  const isNodes = Array.isArray(owners) && owners.some(owner => isRecord(owner) && owner.kind === "Node");
  const annotations = metadata.annotations ?? {};
  const source = annotations["kubernetes.io/config.source"];
  return isNodes || annotations["kubernetes.io/config.mirror"] !== undefined || source === "file" || source === "http";
}
