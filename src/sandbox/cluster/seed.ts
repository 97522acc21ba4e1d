import type { Catalogue } from "./catalogue.ts";
import { copy, type KubernetesObject, type PodSpec, type Workload } from "./object.ts";
import type { Registry } from "./registry.ts";
import type { Storage } from "./storage.ts";
import type { Timeline } from "./timeline.ts";

const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];

interface Parts {
  catalogue: Catalogue;
  storage: Storage;
  registry: Registry;
  timeline: Timeline;
}

/**
 * Puts the given objects into the cluster as if they had been there for a day: their namespaces exist, there are two nodes
 * (unless nodes are given), and the controllers have had the time to make and run the pods. Service accounts that are
 * missing do not keep these first pods from running (their accounts could have been deleted since), only later ones.
 */
export function seed(parts: Parts, given: readonly KubernetesObject[]): void {
  const { catalogue, storage, registry, timeline } = parts;
  const objects = given.filter(object => !isOrphaned(object, given)).map(copy);
  for (const object of objects) if (object.kind === "CustomResourceDefinition") catalogue.define(object);
  for (const object of objects) {
    const kind = catalogue.byObject(object) ?? catalogue.guess(object);
    if (kind.namespaced) object.metadata.namespace ??= "default";
    else delete object.metadata.namespace;
  }
  const namespaces = new Set([...SYSTEM_NAMESPACES, ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])]);
  const present = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  const added = [
    ...[...namespaces].filter(name => !present.has(name)).map(namespace),
    ...(objects.some(({ kind }) => kind === "Node") ? [] : [0, 1].map(index => node(index))),
  ];
  for (const object of [...added, ...objects]) {
    registry.adopt(catalogue.byObject(object) ?? catalogue.guess(object), object);
  }
  const accounts = catalogue.byKind("ServiceAccount");
  const missing = objects.flatMap(serviceAccountOf).filter(({ metadata }) => {
    return metadata.name !== "default" && !storage.get(accounts, metadata.namespace, metadata.name ?? "");
  });
  const lent = missing.map(account => storage.put(accounts, account));
  timeline.catchUp();
  for (const account of lent) storage.remove(accounts, account);
  timeline.catchUp();
}

/** Pods of a Deployment that was given without its ReplicaSets: the ReplicaSets are made anew, and so are the pods. */
function isOrphaned({ kind, metadata }: KubernetesObject, given: readonly KubernetesObject[]): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (kind !== "Pod" || owner?.kind !== "ReplicaSet") return false;
  const has = (kindName: string, name: string) =>
    given.some(
      each => each.kind === kindName && each.metadata.name === name && each.metadata.namespace === metadata.namespace,
    );
  return !has("ReplicaSet", owner.name) && has("Deployment", owner.name.replace(/-[^-]+$/, ""));
}

function serviceAccountOf(object: KubernetesObject): KubernetesObject[] {
  const template = (object as Workload).spec?.template;
  const spec: PodSpec | undefined = template?.spec;
  const name = spec?.serviceAccountName ?? spec?.serviceAccount;
  if (!name || object.metadata.namespace === undefined) return [];
  return [{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: object.metadata.namespace } }];
}

function namespace(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** A node of AKS, with the labels that its kubelet and the cloud give it, and these. */
export function node(index: number, labels: Readonly<Record<string, string>> = {}): KubernetesObject {
  const name = `aks-nodepool1-12345678-vmss00000${index}`;
  const capacity = { cpu: "4", memory: "16Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        agentpool: "nodepool1",
        // Kept beside the stable labels by the node lifecycle controller (labelReconcileInfo).
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.azure.com/mode": "system",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...labels,
      },
    },
    spec: {},
    status: {
      allocatable: capacity,
      capacity,
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
      nodeInfo: { operatingSystem: "linux", architecture: "amd64" },
    },
  };
}
