import { type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import { isRecord, type JsonObject, type KubernetesObject } from "./kubernetes.ts";
import { compare } from "./match.ts";
import type { PrincipalRef, Usage } from "./model.ts";
import { clientIDAnnotation, tenantIDAnnotation } from "./workloadIdentity.ts";

/** Set on accounts that this tool creates: the workload an account is for, so that every later run gives it the same one. */
export const createdForAnnotation = "azwi-migrate.dev/created-for";

export interface ServiceAccountChoice {
  name: string;
  use: "existing" | "create";
  /** Why this account. */
  reasons: Finding[];
  /** What of the old account a dedicated one would lose. */
  blocks: Finding[];
  notChecked: Finding[];
}

/** `Deployment/cart`, as `createdForAnnotation` has it. */
export function workloadKey(usage: Usage): string {
  return `${usage.workload.kind}/${usage.workload.name}`;
}

/**
 * Chooses the service account of every usage: its own, unless that is `default`, is used by workloads with another identity,
 * or names another identity already. The choice rests on all usages, whichever are selected, and does not change while a run
 * that carries it out is under way: a dedicated account that exists for a workload stays its account.
 */
export function chooseServiceAccounts(facts: Facts, usages: readonly Usage[]): Map<string, ServiceAccountChoice> {
  const choices = new Map<string, ServiceAccountChoice>();
  const names = new AccountNames(facts, usages);
  const byAccount = new Map<string, Usage[]>();
  for (const usage of usages) {
    const key = accountKey(usage, usage.serviceAccount);
    byAccount.set(key, [...(byAccount.get(key) ?? []), usage]);
  }
  for (const usage of [...usages].sort((a, b) => compare(a.id, b.id))) {
    const principal = usage.principals[0];
    if (!principal) continue;
    const sharing = byAccount.get(accountKey(usage, usage.serviceAccount)) ?? [];
    choices.set(usage.id, choose(facts, usage, principal, sharing, names));
  }
  return choices;
}

function choose(
  facts: Facts,
  usage: Usage,
  principal: PrincipalRef,
  sharing: readonly Usage[],
  names: AccountNames,
): ServiceAccountChoice {
  const { source, namespace } = usage.workload;
  const account = facts.objects.find(source, "ServiceAccount", namespace, usage.serviceAccount)?.object;
  const about = { subject: usage.workload };
  const made = names.madeFor(usage);
  const isOwn = made === usage.serviceAccount;
  const why = isOwn ? undefined : dedicatedReason(usage, principal, sharing, account, made);
  const notChecked = isKnown(facts, source, "ServiceAccount", namespace)
    ? []
    : [finding("service-account-not-checked", about, { kinds: ["ServiceAccount"] })];
  if (!why) {
    const missing = !account && notChecked.length === 0;
    return {
      name: usage.serviceAccount,
      use: missing ? "create" : "existing",
      reasons: [
        missing
          ? finding("service-account-missing", about, { serviceAccount: usage.serviceAccount })
          : finding("service-account-reused", about, { serviceAccount: usage.serviceAccount }),
      ],
      blocks: [],
      notChecked,
    };
  }
  const dedicated = made ?? names.take(usage);
  return {
    name: dedicated,
    use: made === undefined ? "create" : "existing",
    reasons: [why(dedicated)],
    ...lostRights(facts, usage, account),
    notChecked: [...notChecked, ...uncheckedRights(facts, usage)],
  };
}

/** Why the workload's own account will not do, as a finding that still wants the dedicated account's name; undefined: it will. */
function dedicatedReason(
  usage: Usage,
  principal: PrincipalRef,
  sharing: readonly Usage[],
  account: KubernetesObject | undefined,
  made: string | undefined,
): ((dedicated: string) => Finding) | undefined {
  const about = { subject: usage.workload };
  const { serviceAccount } = usage;
  if (serviceAccount === "default") return dedicated => finding("service-account-default", about, { dedicated });
  const others = sharing.filter(other => other.principals.some(one => one.id !== principal.id)).map(workloadKey);
  // An account made for this workload by an earlier run shows that it was shared then, even if the others have left since.
  if (others.length > 0 || made !== undefined) {
    return dedicated => finding("service-account-shared", about, { serviceAccount, others, dedicated });
  }
  const annotations = account?.metadata.annotations ?? {};
  const clientID = annotations[clientIDAnnotation];
  if (clientID !== undefined && clientID.toLowerCase() !== principal.clientID.toLowerCase()) {
    return dedicated =>
      finding("service-account-names-other-identity", about, {
        serviceAccount,
        annotation: clientIDAnnotation,
        value: clientID,
        dedicated,
      });
  }
  const tenantID = annotations[tenantIDAnnotation];
  if (tenantID !== undefined && tenantID !== principal.tenantID) {
    return dedicated =>
      finding("service-account-names-other-identity", about, {
        serviceAccount,
        annotation: tenantIDAnnotation,
        value: tenantID,
        dedicated,
      });
  }
  return undefined;
}

/** Rights and settings of the old account that a new one would not have. Carrying them over is not done yet: each blocks. */
function lostRights(
  facts: Facts,
  usage: Usage,
  account: KubernetesObject | undefined,
): Pick<ServiceAccountChoice, "blocks"> {
  const { source, namespace } = usage.workload;
  const { serviceAccount } = usage;
  const about = { subject: usage.workload };
  const blocks: Finding[] = [];
  const bindings = ["RoleBinding", "ClusterRoleBinding"].flatMap(kind =>
    facts.objects
      .ofKind(source, kind)
      .filter(found => hasSubject(found.object, namespace ?? "default", serviceAccount))
      .map(({ ref }) => `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`),
  );
  if (bindings.length > 0)
    blocks.push(finding("role-bindings-not-carried-over", about, { serviceAccount, bindings: bindings.sort(compare) }));
  const secrets = Array.isArray(account?.imagePullSecrets)
    ? account.imagePullSecrets
        .map(one => (isRecord(one) && typeof one.name === "string" ? one.name : ""))
        .filter(name => name !== "")
    : [];
  if (secrets.length > 0)
    blocks.push(finding("image-pull-secrets-not-carried-over", about, { serviceAccount, secrets }));
  const automount = account?.automountServiceAccountToken;
  if (typeof automount === "boolean")
    blocks.push(finding("automount-not-carried-over", about, { serviceAccount, value: automount }));
  return { blocks };
}

/** A subject names the account as such, or as the user that the API server makes of it. */
function hasSubject(binding: KubernetesObject, namespace: string, name: string): boolean {
  if (!Array.isArray(binding.subjects)) return false;
  return binding.subjects.some(
    subject =>
      isRecord(subject) &&
      ((subject.kind === "ServiceAccount" &&
        subject.name === name &&
        (subject.namespace ?? binding.metadata.namespace) === namespace) ||
        (subject.kind === "User" && subject.name === `system:serviceaccount:${namespace}:${name}`)),
  );
}

/** A RoleBinding of any namespace can name an account of this one. */
function uncheckedRights(facts: Facts, usage: Usage): Finding[] {
  const kinds = ["RoleBinding", "ClusterRoleBinding"].filter(kind => !isKnown(facts, usage.workload.source, kind));
  return kinds.length === 0 ? [] : [finding("role-bindings-not-checked", { subject: usage.workload }, { kinds })];
}

/** The service account object that a plan creates. */
export function newServiceAccount(usage: Usage, name: string, clientID: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name,
      namespace: usage.workload.namespace ?? "default",
      annotations: { [clientIDAnnotation]: clientID, [createdForAnnotation]: workloadKey(usage) },
    },
  };
}

function accountKey(usage: Usage, account: string): string {
  return `${usage.workload.source}\n${usage.workload.namespace}\n${account}`;
}

/** Hands out names for dedicated accounts: those made before, else the workload's name, else with its kind, else numbered. */
class AccountNames {
  readonly #facts: Facts;
  readonly #made = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(facts: Facts, usages: readonly Usage[]) {
    this.#facts = facts;
    for (const usage of usages) this.#taken.add(accountKey(usage, usage.serviceAccount));
    for (const source of facts.sources) {
      for (const { ref, object } of facts.objects.ofKind(source.id, "ServiceAccount")) {
        const workload = object.metadata.annotations?.[createdForAnnotation];
        const key = `${ref.source}\n${ref.namespace}\n${workload}`;
        if (workload !== undefined && !this.#made.has(key)) this.#made.set(key, ref.name);
      }
    }
  }

  madeFor(usage: Usage): string | undefined {
    return this.#made.get(accountKey(usage, workloadKey(usage)));
  }

  take(usage: Usage): string {
    const { source, namespace, kind, name } = usage.workload;
    const isFree = (candidate: string) =>
      !this.#taken.has(accountKey(usage, candidate)) &&
      !this.#facts.objects.find(source, "ServiceAccount", namespace, candidate);
    // Names end at 253 characters; a shortened one must not end in a dot or hyphen.
    const stem = `${name.slice(0, 230).replace(/[-.]+$/, "")}-${kind.toLowerCase()}`;
    let free = isFree(name) ? name : stem;
    for (let number = 2; !isFree(free); number++) free = `${stem}-${number}`;
    this.#taken.add(accountKey(usage, free));
    return free;
  }
}
