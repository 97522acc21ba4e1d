import type { Attributes } from "./reviews.ts";

/** A rule as a Role or ClusterRole has it. */
export interface PolicyRule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

/** What a role binding gives, in its namespace, or a cluster role binding, everywhere. */
export interface Grant {
  namespace?: string;
  rules: readonly PolicyRule[];
}

/** The rules that hold in a namespace; without one, those of the whole cluster. */
export function rulesOf(grants: readonly Grant[], namespace: string | undefined): PolicyRule[] {
  return grants
    .filter(grant => grant.namespace === undefined || grant.namespace === namespace)
    .flatMap(grant => grant.rules);
}

/** As RBAC decides (k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac/rbac.go, RuleAllows). */
export function isGranted(grants: readonly Grant[], asked: Attributes): boolean {
  const { verb, group, resource, subresource, namespace, name = "" } = asked;
  const resources =
    subresource === undefined ? ["*", resource] : ["*", `${resource}/${subresource}`, `*/${subresource}`];
  const includes = (list: readonly string[] | undefined, ...wanted: string[]) =>
    wanted.some(one => list?.includes(one));
  return rulesOf(grants, namespace).some(
    rule =>
      includes(rule.verbs, "*", verb) &&
      includes(rule.apiGroups, "*", group) &&
      includes(rule.resources, ...resources) &&
      (!rule.resourceNames?.length || includes(rule.resourceNames, name)),
  );
}
