import { type Facts, nameOf } from "./facts.ts";
import { isRecord, type KubernetesObject, podTemplateOf, serviceAccountOf } from "./kubernetes.ts";
import type { PrincipalRef, Usage } from "./model.ts";
import { clientIDAnnotation, isSameClientID, selectsWorkloadIdentity } from "./workloadIdentity.ts";
import { workloadsOf } from "./workloads.ts";

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
function accountsOf(binding: KubernetesObject): { namespace: unknown; name: unknown }[] {
  const subjects: readonly unknown[] = Array.isArray(binding.subjects) ? binding.subjects : [];
  return subjects.filter(isRecord).flatMap(({ kind, name, namespace }) => {
    if (kind === "ServiceAccount") return [{ namespace: namespace ?? binding.metadata.namespace, name }];
    const user = kind === "User" && typeof name === "string" ? name.split(":") : [];
    return user.length === 4 && user[0] === "system" && user[1] === "serviceaccount"
      ? [{ namespace: user[2], name: user[3] }]
      : [];
  });
}

/** A workload that runs as an account, whether or not it uses pod identity. */
export interface AccountUser {
  /** As `workloadKey` has it. */
  workload: string;
  /** Its pods get whatever identity the account names. */
  selectsWorkloadIdentity: boolean;
}

/** Hands out names for dedicated accounts: those made before, else the workload's name, else with its kind, else numbered. */
export class AccountNames {
  readonly #facts: Facts;
  readonly #made = new Map<string, { name: string; clientID: string | undefined }[]>();
  readonly #users = new Map<string, AccountUser[]>();
  readonly #split = new Set<string>();
  /** Names of the bindings that give an account rights, by account. */
  readonly #bound = new Map<string, string[]>();
  readonly #taken = new Set<string>();

  constructor(facts: Facts, usages: readonly Usage[]) {
    this.#facts = facts;
    for (const usage of usages) this.#taken.add(accountKey(usage, usage.serviceAccount));
    for (const source of facts.sources) {
      for (const { ref, object } of facts.objects.ofKind(source.id, "ServiceAccount")) {
        const workload = object.metadata.annotations?.[createdForAnnotation];
        const key = `${ref.source}\n${ref.namespace}\n${workload}`;
        if (workload !== undefined) {
          const clientID = object.metadata.annotations?.[clientIDAnnotation];
          this.#made.set(key, [...(this.#made.get(key) ?? []), { name: ref.name, clientID }]);
        }
        const left = object.metadata.annotations?.[insteadOfAnnotation];
        if (left !== undefined) this.#split.add(`${ref.source}\n${ref.namespace}\n${left}`);
      }
      // Rights that were given to an account before there was one would come with the name.
      for (const kind of ["RoleBinding", "ClusterRoleBinding"]) {
        for (const { ref, object } of facts.objects.ofKind(source.id, kind)) {
          for (const key of new Set(accountsOf(object).map(one => `${source.id}\n${one.namespace}\n${one.name}`))) {
            const names = this.#bound.get(key);
            if (names) names.push(nameOf(ref));
            else this.#bound.set(key, [nameOf(ref)]);
          }
        }
      }
      for (const { found } of workloadsOf(facts, source.id)) {
        const { ref, object } = found;
        const template = podTemplateOf(object);
        const key = `${ref.source}\n${ref.namespace}\n${serviceAccountOf(template?.spec)}`;
        const user = {
          workload: `${ref.kind}/${ref.name}`,
          selectsWorkloadIdentity: selectsWorkloadIdentity(template),
        };
        const users = this.#users.get(key);
        if (users) users.push(user);
        else this.#users.set(key, [user]);
      }
    }
  }

  /**
   * The account that an earlier run made for this workload. The annotation alone proves nothing, since copies carry it along:
   * `default`, an account of somebody else, of another identity or with rights of its own was not made for this workload.
   */
  madeFor(usage: Usage, principal: PrincipalRef): string | undefined {
    const own = workloadKey(usage);
    const isIts = ({ name, clientID }: { name: string; clientID: string | undefined }) =>
      name !== "default" &&
      (clientID === undefined || isSameClientID(clientID, principal.clientID)) &&
      this.usersOf(usage, name).every(user => user.workload === own) &&
      (name === usage.serviceAccount || !this.#bound.has(accountKey(usage, name)));
    const candidates = (this.#made.get(accountKey(usage, own)) ?? []).filter(isIts);
    return (candidates.find(({ name }) => name === usage.serviceAccount) ?? candidates[0])?.name;
  }

  /** The RoleBindings and ClusterRoleBindings that name the account, `RoleBinding shop/readers`. */
  bindingsOf(usage: Usage, account: string): readonly string[] {
    return this.#bound.get(accountKey(usage, account)) ?? [];
  }

  /** Every workload of the usage's namespace that runs as the account. */
  usersOf(usage: Usage, account: string): readonly AccountUser[] {
    return this.#users.get(accountKey(usage, account)) ?? [];
  }

  /** Whether a workload was taken off this one's account by an earlier run. */
  wasSplit(usage: Usage): boolean {
    return this.#split.has(accountKey(usage, usage.serviceAccount));
  }

  take(usage: Usage): string {
    const { source, namespace, kind, name } = usage.workload;
    const isFree = (candidate: string) =>
      !this.#taken.has(accountKey(usage, candidate)) &&
      !this.#bound.has(accountKey(usage, candidate)) &&
      this.usersOf(usage, candidate).length === 0 &&
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
