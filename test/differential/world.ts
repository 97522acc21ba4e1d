import type { Json, KubernetesObject } from "../../src/core/kubernetes.ts";
import { podIdentityVersion } from "../../src/kube/resources.ts";

/**
 * Pods and objects of pod identity that say together who gets what. Every `@` in names, labels and selectors stands for the
 * token of the place where the world is put, so that many worlds fit into one cluster without seeing each other. A pod with
 * a phase is given it; one with a deletionTimestamp is deleted and, having no kubelet, stays.
 */
export type World = readonly KubernetesObject[];

/** The nodes that pods of a world can name: two of a scale set, and a virtual machine of its own. */
export const nodes = ["pool-0", "pool-1", "vm-0"] as const;

/** Of the kinds that MIC and NMI read. */
export function podIdentityObject(
  kind: "AzureIdentity" | "AzureIdentityBinding" | "AzurePodIdentityException",
  metadata: KubernetesObject["metadata"],
  spec: Record<string, Json> | undefined,
): KubernetesObject {
  return { apiVersion: podIdentityVersion, kind, metadata, ...(spec === undefined ? {} : { spec }) };
}

/** The world with its token in place. */
export function worldAt(world: World, token: string): KubernetesObject[] {
  return JSON.parse(JSON.stringify(world).replaceAll("@", token)) as KubernetesObject[];
}

/** The namespaces that the objects are in, each once. */
export function namespacesOf(objects: readonly KubernetesObject[]): string[] {
  return [...new Set(objects.map(({ metadata }) => metadata.namespace ?? "default"))];
}
