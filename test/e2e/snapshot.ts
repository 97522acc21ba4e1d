import { type Kubectl, kubectlOrThrow } from "../testbed/kubectl.ts";

export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; controller?: boolean }[];
  };
  [field: string]: unknown;
}

/** By `KIND NAMESPACE/NAME`. */
export type Snapshot = Map<string, StoredObject>;

/** What controllers and kubelets keep writing while nobody does anything. */
const restless = new Set(["Event", "Lease", "Endpoints", "EndpointSlice", "ControllerRevision", "ComponentStatus"]);

/** Everything that people and programs have put into the cluster, without what the server and its controllers keep themselves. */
export async function snapshot(kubectl: Kubectl): Promise<Snapshot> {
  const names = await kubectlOrThrow(kubectl, ["api-resources", "--verbs=list", "-o", "name"]);
  const kinds = names.split("\n").filter(name => name !== "" && name !== "componentstatuses");
  const list = await kubectlOrThrow(kubectl, ["get", kinds.join(","), "-A", "-o", "json", "--show-managed-fields"]);
  const { items } = JSON.parse(list) as { items: StoredObject[] };
  return new Map(items.filter(item => !isMadeByController(item)).map(item => [keyOf(item), withoutServersOwn(item)]));
}

export function keyOf({ kind, metadata }: StoredObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function isMadeByController({ kind, metadata }: StoredObject): boolean {
  const isOwned = metadata.ownerReferences?.some(owner => owner.controller) ?? false;
  return restless.has(kind) || (isOwned && ["Pod", "ReplicaSet", "Job"].includes(kind));
}

function withoutServersOwn({ status: _, ...object }: StoredObject): StoredObject {
  const { resourceVersion: _1, generation: _2, managedFields: _3, annotations, ...metadata } = object.metadata;
  const {
    "deployment.kubernetes.io/revision": _4,
    // The server's own count of a DaemonSet's template changes.
    "deprecated.daemonset.template.generation": _5,
    ...rest
  } = annotations ?? {};
  return { ...object, metadata: { ...metadata, ...(annotations === undefined ? {} : { annotations: rest }) } };
}

export function isIn(namespace: string): (object: StoredObject) => boolean {
  return ({ kind, metadata }) =>
    metadata.namespace === namespace || (kind === "Namespace" && metadata.name === namespace);
}
