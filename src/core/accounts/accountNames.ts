import { areSamePrincipals } from "../azure/principals.ts";
import { isSameTenant } from "../azure/tenants.ts";
import { isCovered } from "../decisions.ts";
import type { WorkloadDecision } from "../documents/decisions.ts";
import type { Facts } from "../facts.ts";
import { serviceAccountOf } from "../kubernetes.ts";
import type { FoundObject, ObjectRef, PrincipalRef, Usage } from "../model.ts";
import {
  clientIDAnnotation,
  isSameClientID,
  selectsWorkloadIdentity,
  tenantIDAnnotation,
} from "../workloadIdentity/workloadIdentity.ts";
import { templateInUse } from "../workloads/usedTemplate.ts";
import { workloadOf, workloadsOf } from "../workloads/workloads.ts";
import { changedMentions } from "./accountMentions.ts";
import { type Account, bindingsOf } from "./roleBindings.ts";

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

/** An account of the usage's namespace. */
export function accountOf(usage: Usage, name: string): Account {
  return { namespace: usage.workload.namespace ?? "default", name };
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
  /** The accounts that take another's place, by that: the workload that each is for, and the identity that it names. */
  readonly #split = new Map<
    string,
    { workload: string; clientID: string | undefined; tenantID: string | undefined }[]
  >();
  readonly #usages = new Map<string, Usage>();
  readonly #taken = new Set<string>();

  constructor(facts: Facts, usages: readonly Usage[]) {
    this.#facts = facts;
    for (const usage of usages) {
      this.#taken.add(accountKey(usage, usage.serviceAccount));
      this.#usages.set(accountKey(usage, workloadKey(usage)), usage);
    }
    for (const source of facts.sources) {
      for (const { ref, object } of facts.objects.ofKind(source.id, "ServiceAccount")) {
        const workload = object.metadata.annotations?.[createdForAnnotation];
        const clientID = object.metadata.annotations?.[clientIDAnnotation];
        const tenantID = object.metadata.annotations?.[tenantIDAnnotation];
        if (workload !== undefined)
          push(this.#made, `${ref.source}\n${ref.namespace}\n${workload}`, { name: ref.name, clientID });
        const left = object.metadata.annotations?.[insteadOfAnnotation];
        if (left !== undefined)
          push(this.#split, `${ref.source}\n${ref.namespace}\n${left}`, {
            workload: workload ?? "",
            clientID,
            tenantID,
          });
      }
      for (const { found, templates } of workloadsOf(facts, source.id)) {
        const { ref } = found;
        for (const account of new Set(templates.map(({ spec }) => serviceAccountOf(spec)))) {
          const own = templates.filter(({ spec }) => serviceAccountOf(spec) === account);
          push(this.#users, `${ref.source}\n${ref.namespace}\n${account}`, {
            workload: `${ref.kind}/${ref.name}`,
            selectsWorkloadIdentity: own.some(selectsWorkloadIdentity),
          });
        }
      }
    }
  }

  /**
   * The account that an earlier run made for this workload. The annotation alone proves nothing, since copies carry it along:
   * `default`, an account of somebody else, of another identity or with rights that the workload does not have already was not
   * made for it.
   */
  madeFor(usage: Usage, principal: PrincipalRef): string | undefined {
    const own = workloadKey(usage);
    const isIts = ({ name, clientID }: { name: string; clientID: string | undefined }) =>
      name !== "default" &&
      (clientID === undefined || isSameClientID(clientID, principal.clientID)) &&
      this.usersOf(usage, name).every(user => user.workload === own) &&
      (name === usage.serviceAccount || this.#hasNoMoreRights(usage, name));
    const candidates = (this.#made.get(accountKey(usage, own)) ?? []).filter(isIts);
    return (candidates.find(({ name }) => name === usage.serviceAccount) ?? candidates[0])?.name;
  }

  /** The RoleBindings and ClusterRoleBindings that name the account. */
  bindingsOf(usage: Usage, account: string): readonly FoundObject[] {
    return bindingsOf(this.#facts, usage.workload.source, accountOf(usage, account));
  }

  /** An account that takes another's place stands beside it in each of its bindings, as far as a run has come. */
  #hasNoMoreRights(usage: Usage, account: string): boolean {
    const own = new Set(this.bindingsOf(usage, usage.serviceAccount));
    return this.bindingsOf(usage, account).every(binding => own.has(binding));
  }

  /** Every workload of the usage's namespace that runs as the account. */
  usersOf(usage: Usage, account: string): readonly AccountUser[] {
    return this.#users.get(accountKey(usage, account)) ?? [];
  }

  /** Whether a workload with another identity was taken off this one's account by an earlier run. */
  wasSplit(usage: Usage): boolean {
    const left = this.#split.get(accountKey(usage, usage.serviceAccount)) ?? [];
    const [principal] = usage.principals;
    return left.some(({ workload, clientID, tenantID }) => {
      const other = this.#usages.get(accountKey(usage, workload));
      // What does not use pod identity any more is known by its account alone.
      return other
        ? !areSamePrincipals(other.principals, usage.principals)
        : !isSameClientID(clientID, principal?.clientID) ||
            (principal?.tenantID !== undefined &&
              tenantID !== undefined &&
              !isSameTenant(tenantID, principal.tenantID));
    });
  }

  /**
   * A name that brings nothing with it: no rights that were given to it before there was an account, and no policy that means it
   * and not the account that is left, unless that is covered. Where every name is meant, the first will do, and is blocked.
   */
  take(usage: Usage, decision: Pick<WorkloadDecision, "covered">): string {
    const free = this.#freeNames(usage);
    const taken = free.find(name => !this.#isMeant(usage, name, decision)) ?? free[0] ?? usage.workload.name;
    this.#taken.add(accountKey(usage, taken));
    return taken;
  }

  /** As many as are looked at: a pattern in a policy may mean every name that begins like the workload's. */
  #freeNames(usage: Usage): string[] {
    const { source, namespace, kind } = usage.workload;
    const isFree = (candidate: string) =>
      candidate !== "default" &&
      !this.#taken.has(accountKey(usage, candidate)) &&
      this.bindingsOf(usage, candidate).length === 0 &&
      this.usersOf(usage, candidate).length === 0 &&
      !this.#split.has(accountKey(usage, candidate)) &&
      !this.#facts.objects.find(source, "ServiceAccount", namespace, candidate);
    const own = accountNameOf(usage.workload);
    const free = isFree(own) ? [own] : [];
    for (let number = 1; free.length < 3; number++) {
      const candidate = withSuffix(own, number === 1 ? `-${kind.toLowerCase()}` : `-${kind.toLowerCase()}-${number}`);
      if (isFree(candidate)) free.push(candidate);
    }
    return free;
  }

  #isMeant(usage: Usage, candidate: string, decision: Pick<WorkloadDecision, "covered">): boolean {
    const workload = workloadOf(this.#facts, usage.workload);
    const template = workload && templateInUse(workload);
    const { gained } = changedMentions(this.#facts, usage, { template, to: candidate });
    return gained.some(({ object }) => !isCovered(decision, object));
  }
}

/**
 * The workload's name, made one that an account may have. Objects that a program makes stand under what their names and labels
 * have in common, as `jenkins.Shop_1-*`, and a file may have a `generateName`, which ends in a hyphen. What holds a placeholder
 * is left as it is: nobody knows what will be there.
 */
function accountNameOf({ kind, name }: ObjectRef): string {
  if (!/^[\w.*-]+$/.test(name) || name.startsWith("__") || name.endsWith("__")) return name;
  const legal = name.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  return legal.replace(/[-.]*\.[-.]*/g, ".").replace(/^[-.]+|[-.]+$/g, "") || kind.toLowerCase();
}

/** A DNS-1123 subdomain ends at 253 characters; a shortened one must not have a dot or hyphen before the suffix. */
function withSuffix(name: string, suffix: string): string {
  return name.slice(0, 253 - suffix.length).replace(/[-.]+$/, "") + suffix;
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
