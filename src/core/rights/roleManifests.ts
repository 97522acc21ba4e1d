import { contentHash } from "../documents/hash.ts";
import type { Json, JsonObject } from "../kubernetes.ts";
import { compare } from "../order.ts";
import type { AccessAttributes } from "../ports.ts";
import { accountOfSubject } from "../trust/trusts.ts";
import { resourceName } from "./rights.ts";

const group = "rbac.authorization.k8s.io";

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/**
 * What gives these rights and no more: a Role for each namespace, a ClusterRole for what has none, each with its binding where the
 * user is known. In place of the right to create one namespace, which RBAC cannot give by name, the namespace itself, before the
 * roles that go into it. A manifest's name follows from its rules, so that a later one does not take away what an earlier one gave.
 */
export function roleManifests(rights: readonly AccessAttributes[], user: string | undefined): JsonObject[] {
  const scopes = new Map<string, AccessAttributes[]>();
  const namespaces = new Set<string>();
  for (const right of rights) {
    if (isOneNamespace(right)) {
      namespaces.add(right.name);
      continue;
    }
    const scope = right.namespace ?? "";
    const known = scopes.get(scope);
    if (known) known.push(right);
    else scopes.set(scope, [right]);
  }
  const objects = [...namespaces].map(name => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  const roles = [...scopes]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([namespace, ofScope]) => {
      const rules = rulesOf(ofScope);
      const name = `azwi-migrate-${contentHash(rules).slice("sha256:".length, "sha256:".length + 8)}`;
      const metadata = { name, ...(namespace === "" ? {} : { namespace }) };
      const kind = namespace === "" ? "ClusterRole" : "Role";
      const role = { apiVersion: `${group}/v1`, kind, metadata, rules: rules as unknown as Json };
      if (user === undefined) return [role];
      const roleRef = { apiGroup: group, kind, name };
      return [
        role,
        { apiVersion: `${group}/v1`, kind: `${kind}Binding`, metadata, roleRef, subjects: [subjectOf(user)] },
      ];
    });
  return [...objects, ...roles];
}

function isOneNamespace(right: AccessAttributes): right is AccessAttributes & { name: string } {
  return right.verb === "create" && right.group === "" && right.resource === "namespaces" && right.name !== undefined;
}

/** As the server names its users: service accounts have their own kind of subject. */
function subjectOf(user: string): JsonObject {
  const account = accountOfSubject(user);
  return account ? { kind: "ServiceAccount", ...account } : { kind: "User", apiGroup: group, name: user };
}

/** One rule for what has the same group, names and verbs. */
function rulesOf(rights: readonly AccessAttributes[]): Rule[] {
  // By resource and verb the names; undefined for all names.
  const resources = new Map<string, { right: AccessAttributes; verbs: Map<string, Set<string> | undefined> }>();
  for (const right of rights) {
    const key = JSON.stringify([right.group, resourceName(right)]);
    const known = resources.get(key) ?? { right, verbs: new Map<string, Set<string> | undefined>() };
    resources.set(key, known);
    const names = known.verbs.has(right.verb) ? known.verbs.get(right.verb) : new Set<string>();
    if (right.name !== undefined) names?.add(right.name);
    known.verbs.set(right.verb, right.name === undefined ? undefined : names);
  }
  const rules = new Map<string, Rule>();
  for (const { right, verbs } of resources.values()) {
    const byNames = new Map<string, { names: string[] | undefined; verbs: string[] }>();
    for (const [verb, names] of verbs) {
      const sorted = names && [...names].sort(compare);
      const key = JSON.stringify(sorted ?? "all");
      const known = byNames.get(key);
      if (known) known.verbs.push(verb);
      else byNames.set(key, { names: sorted, verbs: [verb] });
    }
    for (const one of byNames.values()) {
      const given = one.verbs.sort(compare);
      // Names are those of one resource: rules with them are not joined.
      const key = JSON.stringify([
        right.group,
        given,
        one.names === undefined ? "all" : [resourceName(right), one.names],
      ]);
      const known = rules.get(key);
      if (known) known.resources.push(resourceName(right));
      else
        rules.set(key, {
          apiGroups: [right.group],
          resources: [resourceName(right)],
          ...(one.names === undefined ? {} : { resourceNames: one.names }),
          verbs: given,
        });
    }
  }
  return [...rules.values()]
    .map(rule => ({ ...rule, resources: rule.resources.sort(compare) }))
    .sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
}
