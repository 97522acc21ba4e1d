import type { Facts } from "../facts.ts";
import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import type { FoundObject, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";

/** The kinds that give service accounts their rights. */
export const bindingKinds = ["RoleBinding", "ClusterRoleBinding"] as const;

export interface Account {
  namespace: string;
  name: string;
}

/** A service account as a subject, by which it is found again: kind, name and namespace. */
export function subjectOf({ namespace, name }: Account): { kind: string; name: string; namespace: string } {
  return { kind: "ServiceAccount", name, namespace };
}

/** Every RoleBinding (of whatever namespace) and ClusterRoleBinding that names the account. */
export function bindingsOf(facts: Facts, source: SourceId, account: Account): readonly FoundObject[] {
  return bindingsByAccount(facts).get(keyOf(source, account)) ?? [];
}

const bindingsByAccount = perFacts(facts => {
  const bindings = new Map<string, FoundObject[]>();
  for (const source of facts.sources) {
    for (const found of bindingKinds.flatMap(kind => facts.objects.ofKind(source.id, kind))) {
      for (const key of new Set(accountsOf(found.object).map(account => keyOf(source.id, account)))) {
        const list = bindings.get(key);
        if (list) list.push(found);
        else bindings.set(key, [found]);
      }
    }
  }
  return bindings;
});

/**
 * The accounts that a binding names: as accounts, or as the users that the API server makes of them (`MakeUsername` of
 * k8s.io/apiserver, pkg/authentication/serviceaccount/util.go). Groups are left out: `system:serviceaccounts`, that of the
 * namespace and `system:authenticated` have every account in them, a new one too.
 */
function accountsOf(binding: KubernetesObject): Account[] {
  const subjects: readonly unknown[] = Array.isArray(binding.subjects) ? binding.subjects : [];
  return subjects.filter(isRecord).flatMap(({ kind, name, namespace = binding.metadata.namespace }) => {
    if (typeof name !== "string") return [];
    if (kind === "ServiceAccount") return typeof namespace === "string" ? [{ namespace, name }] : [];
    const user = kind === "User" ? name.split(":") : [];
    const [system, what, userNamespace = "", userName = ""] = user;
    return user.length === 4 && system === "system" && what === "serviceaccount"
      ? [{ namespace: userNamespace, name: userName }]
      : [];
  });
}

function keyOf(source: SourceId, { namespace, name }: Account): string {
  return `${source}\n${namespace}\n${name}`;
}
