import type { Facts } from "./facts.ts";
import { isRecord, type KubernetesObject } from "./kubernetes.ts";
import type { Usage } from "./model.ts";

/** Set on accounts that this tool creates: the workload an account is for, so that every later run gives it the same one. */
export const createdForAnnotation = "azwi-migrate.dev/created-for";

/**
 * Beside it: the account that the workload had before. Once the first of several workloads has left a shared account, nothing
 * else tells that it was shared, and the rest of the plan would look wrong to itself.
 */
export const insteadOfAnnotation = "azwi-migrate.dev/instead-of";

/** `Deployment/cart`, as `createdForAnnotation` has it. */
export function workloadKey(usage: Usage): string {
  return `${usage.workload.kind}/${usage.workload.name}`;
}

export function accountKey(usage: Usage, account: string): string {
  return `${usage.workload.source}\n${usage.workload.namespace}\n${account}`;
}

/** The accounts that a binding gives rights: a subject names an account as such, or as the user that the API server makes of it. */
export function accountsOf(binding: KubernetesObject): { namespace: unknown; name: unknown }[] {
  const subjects: readonly unknown[] = Array.isArray(binding.subjects) ? binding.subjects : [];
  return subjects.filter(isRecord).flatMap(({ kind, name, namespace }) => {
    if (kind === "ServiceAccount") return [{ namespace: namespace ?? binding.metadata.namespace, name }];
    const user = kind === "User" && typeof name === "string" ? name.split(":") : [];
    return user.length === 4 && user[0] === "system" && user[1] === "serviceaccount"
      ? [{ namespace: user[2], name: user[3] }]
      : [];
  });
}

/** Hands out names for dedicated accounts: those made before, else the workload's name, else with its kind, else numbered. */
export class AccountNames {
  readonly #facts: Facts;
  readonly #made = new Map<string, string>();
  readonly #split = new Set<string>();
  readonly #taken = new Set<string>();

  constructor(facts: Facts, usages: readonly Usage[]) {
    this.#facts = facts;
    for (const usage of usages) this.#taken.add(accountKey(usage, usage.serviceAccount));
    for (const source of facts.sources) {
      for (const { ref, object } of facts.objects.ofKind(source.id, "ServiceAccount")) {
        const workload = object.metadata.annotations?.[createdForAnnotation];
        const key = `${ref.source}\n${ref.namespace}\n${workload}`;
        if (workload !== undefined && !this.#made.has(key)) this.#made.set(key, ref.name);
        const left = object.metadata.annotations?.[insteadOfAnnotation];
        if (left !== undefined) this.#split.add(`${ref.source}\n${ref.namespace}\n${left}`);
      }
      // Rights that were given to an account before there was one would come with the name.
      for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
        for (const { object } of facts.objects.ofKind(source.id, kind)) {
          for (const { namespace, name } of accountsOf(object)) this.#taken.add(`${source.id}\n${namespace}\n${name}`);
        }
      }
    }
  }

  madeFor(usage: Usage): string | undefined {
    return this.#made.get(accountKey(usage, workloadKey(usage)));
  }

  /** Whether a workload was taken off this one's account by an earlier run. */
  wasSplit(usage: Usage): boolean {
    return this.#split.has(accountKey(usage, usage.serviceAccount));
  }

  take(usage: Usage): string {
    const { source, namespace, kind, name } = usage.workload;
    const isFree = (candidate: string) =>
      !this.#taken.has(accountKey(usage, candidate)) &&
      !this.#split.has(accountKey(usage, candidate)) &&
      !this.#facts.objects.find(source, "ServiceAccount", namespace, candidate);
    // Names end at 253 characters; a shortened one must not end in a dot or hyphen.
    const stem = `${name.slice(0, 230).replace(/[-.]+$/, "")}-${kind.toLowerCase()}`;
    let free = isFree(name) ? name : stem;
    for (let number = 2; !isFree(free); number++) free = `${stem}-${number}`;
    this.#taken.add(accountKey(usage, free));
    return free;
  }
}
