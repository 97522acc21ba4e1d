import { consumerKinds } from "./consumers/registry.ts";
import { foreignControllerKinds } from "./foreignControllers.ts";
import { apiGroup } from "./kubernetes.ts";
import { policyKinds } from "./policyKinds.ts";

/**
 * A kind that is read beside workloads and pod identity's own, where the cluster has it. Its version is the one that the
 * server prefers; files may have any.
 */
export interface ReadKind {
  group: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** Fields kept beside `metadata`; absent: `spec`. Never anything of a Secret. */
  fields?: readonly string[];
}

/** Everything of that sort that some rule reads: each rule's file says what it needs. */
export const readKinds: readonly ReadKind[] = distinct([...policyKinds, ...foreignControllerKinds, ...consumerKinds]);

function distinct(kinds: readonly ReadKind[]): ReadKind[] {
  return [...new Map(kinds.map(kind => [`${kind.kind}.${kind.group}`, kind])).values()];
}

/** The entry for an object's kind, in whatever version of its group. */
export function readKindOf(object: { apiVersion: string; kind: string }): ReadKind | undefined {
  const group = apiGroup(object.apiVersion);
  return readKinds.find(one => one.kind === object.kind && one.group === group);
}
