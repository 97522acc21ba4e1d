import { type Account, bindingsOf, subjectOf } from "../accounts/roleBindings.ts";
import { shortHash } from "../documents/hash.ts";
import type { Facts } from "../facts.ts";
import type { ReadKind } from "../kinds.ts";
import { isRecord, type JsonObject } from "../kubernetes.ts";
import type { ObjectRef, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";

const rbac = "rbac.authorization.k8s.io";
/** Microsoft Learn, aks/identity-bindings.md: the resource of the rule is the identity's client id itself. */
const bindingGroup = "cid.wi.aks.azure.com";
const useVerb = "use-managed-identity";

/** What says which accounts may use an identity binding. */
export const identityBindingKinds: readonly ReadKind[] = [
  { group: rbac, kind: "ClusterRole", plural: "clusterroles", namespaced: false, fields: ["rules"] },
];

/** The role of an identity: who has it may use its binding in this cluster. */
export function bindingRole(source: SourceId, clientID: string): { ref: ObjectRef; object: JsonObject } {
  const name = `azwi-migrate-identity-binding-${clientID.toLowerCase()}`;
  const object: JsonObject = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: [{ apiGroups: [bindingGroup], resources: [clientID.toLowerCase()], verbs: [useVerb] }],
  };
  return { ref: { source, apiVersion: `${rbac}/v1`, kind: "ClusterRole", name }, object };
}

/** What gives an account the role of an identity: one for each account, so that each goes without the others. */
export function bindingOfRole(
  source: SourceId,
  clientID: string,
  account: Account,
): { ref: ObjectRef; object: JsonObject } {
  const role = bindingRole(source, clientID).ref.name;
  const key = `${clientID.toLowerCase()}\n${account.namespace}\n${account.name}`;
  const hash = shortHash(key);
  const name = `azwi-migrate-identity-binding-${`${account.namespace}-${account.name}`.slice(0, 200)}-${hash}`;
  const object: JsonObject = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [subjectOf(account)],
  };
  return { ref: { source, apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", name }, object };
}

/** The ClusterRole, whatever its name, through which an account may use the identity's binding already; undefined for none. */
export function roleOfAccount(facts: Facts, source: SourceId, clientID: string, account: Account): string | undefined {
  const roles = rolesBySource(facts).get(source);
  return bindingsOf(facts, source, account).flatMap(({ ref, object }) => {
    const { roleRef } = object;
    if (ref.kind !== "ClusterRoleBinding" || !isRecord(roleRef) || typeof roleRef.name !== "string") return [];
    const resources = roles?.get(roleRef.name);
    return resources?.has("*") || resources?.has(clientID.toLowerCase()) ? [roleRef.name] : [];
  })[0];
}

/** By source, of each ClusterRole that lets identities be used, which. */
const rolesBySource = perFacts(
  facts =>
    new Map(
      facts.sources.map(({ id }) => [
        id,
        new Map(
          facts.objects.ofKind(id, "ClusterRole").flatMap(({ ref, object }) => {
            const resources = usableResources(object.rules);
            return resources.size > 0 ? [[ref.name, resources] as const] : [];
          }),
        ),
      ]),
    ),
);

function usableResources(rules: unknown): Set<string> {
  const list: readonly unknown[] = Array.isArray(rules) ? rules : [];
  return new Set(
    list.flatMap(rule => {
      if (!isRecord(rule)) return [];
      const { apiGroups, resources, verbs, resourceNames } = rule;
      const isOurs = has(apiGroups, bindingGroup) && has(verbs, useVerb);
      // A rule for single objects is none for the identity as a whole.
      const isNarrow = Array.isArray(resourceNames) && resourceNames.length > 0;
      return isOurs && !isNarrow && Array.isArray(resources) ? resources.filter(one => typeof one === "string") : [];
    }),
  );
}

function has(list: unknown, value: string): boolean {
  return Array.isArray(list) && (list.includes(value) || list.includes("*"));
}
