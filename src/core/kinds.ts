import { accountPolicyKinds } from "./accounts/accountMentions.ts";
import { consumerKinds } from "./consumers/registry.ts";
import { foreignControllerKinds } from "./foreignControllers.ts";
import { apiGroup } from "./kubernetes.ts";
import { nodeKinds } from "./nodeKinds.ts";
import { ownershipKinds } from "./owners/ownershipKinds.ts";
import { policyKinds } from "./policyKinds.ts";
import { identityBindingKinds } from "./trust/identityBindingRoles.ts";

/**
 * A kind that is read beside workloads and pod identity's own, where the cluster has it. Its version is the one that the
 * server prefers; files may have any.
 */
export interface ReadKind {
  group: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** Fields kept beside `metadata`, also nested ones (`status.resources`); absent: `spec`. Never anything of a Secret. */
  fields?: readonly string[];
}

/** Everything of that sort that some rule reads: each rule's file says what it needs. */
export const readKinds: readonly ReadKind[] = distinct([
  ...policyKinds,
  ...accountPolicyKinds,
  ...foreignControllerKinds,
  ...consumerKinds,
  ...ownershipKinds,
  ...identityBindingKinds,
  ...nodeKinds,
]);

/** What several rules read is read once, with the fields of each. */
function distinct(kinds: readonly ReadKind[]): ReadKind[] {
  const byName = new Map<string, ReadKind>();
  for (const kind of kinds) {
    const name = `${kind.kind}.${kind.group}`;
    const known = byName.get(name);
    const fields = [...new Set([known, kind].flatMap(one => (one ? (one.fields ?? ["spec"]) : [])))];
    byName.set(name, known ? { ...known, fields } : kind);
  }
  return [...byName.values()];
}

/** The entry for an object's kind, in whatever version of its group. */
export function readKindOf(object: { apiVersion: string; kind: string }): ReadKind | undefined {
  const group = apiGroup(object.apiVersion);
  return readKinds.find(one => one.kind === object.kind && one.group === group);
}
