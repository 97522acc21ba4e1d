import { AccountNames, accountKey, createdForAnnotation, insteadOfAnnotation, workloadKey } from "./accountNames.ts";
import { type Facts, isKnown } from "./facts.ts";
import { type Finding, finding } from "./findings/codes.ts";
import { isRecord, type JsonObject, type KubernetesObject } from "./kubernetes.ts";
import { compare } from "./match.ts";
import type { PrincipalRef, Usage } from "./model.ts";
import { clientIDAnnotation, isSameClientID, tenantIDAnnotation } from "./workloadIdentity.ts";

export interface ServiceAccountChoice {
  name: string;
  use: "existing" | "create";
  /** Why this account. */
  reasons: Finding[];
  /** What of the old account a dedicated one would lose. */
  blocks: Finding[];
  notChecked: Finding[];
}

/**
 * Chooses the service account of every usage: its own, unless that is `default`, is used by workloads with another identity,
 * or names another identity already. The choice rests on all usages, whichever are selected, and does not change while a run
 * that carries it out is under way: a dedicated account that exists for a workload stays its account, and an account that one
 * workload was taken off is not given to those that are still there.
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
  const made = names.madeFor(usage, principal);
  const isOwn = made === usage.serviceAccount;
  const why = isOwn ? undefined : dedicatedReason(usage, principal, sharing, account, names);
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
    ...lostRights(names, usage, account),
    notChecked: [...notChecked, ...uncheckedRights(facts, usage)],
  };
}

/** Why the workload's own account will not do, as a finding that still wants the dedicated account's name; undefined: it will. */
function dedicatedReason(
  usage: Usage,
  principal: PrincipalRef,
  sharing: readonly Usage[],
  account: KubernetesObject | undefined,
  names: AccountNames,
): ((dedicated: string) => Finding) | undefined {
  const about = { subject: usage.workload };
  const { serviceAccount } = usage;
  if (serviceAccount === "default") return dedicated => finding("service-account-default", about, { dedicated });
  const others = sharing
    .filter(other => other.principals.length > 0 && !areSamePrincipals(other.principals, usage.principals))
    .map(workloadKey);
  // Accounts made by an earlier run, for this workload or for others of its account, show that it was shared then.
  if (others.length > 0 || names.madeFor(usage, principal) !== undefined || names.wasSplit(usage)) {
    return dedicated => finding("service-account-shared", about, { serviceAccount, others, dedicated });
  }
  const annotations = account?.metadata.annotations ?? {};
  const clientID = annotations[clientIDAnnotation];
  // Pods that are on workload identity already, with an account that names nobody, would be given this identity.
  const migrating = new Set(sharing.map(workloadKey));
  const wouldGain = names
    .usersOf(usage, serviceAccount)
    .filter(user => user.selectsWorkloadIdentity && !migrating.has(user.workload))
    .map(user => user.workload);
  if (clientID === undefined && wouldGain.length > 0) {
    return dedicated =>
      finding("service-account-shared", about, { serviceAccount, others: wouldGain.sort(compare), dedicated });
  }
  if (clientID !== undefined && !isSameClientID(clientID, principal.clientID)) {
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
  names: AccountNames,
  usage: Usage,
  account: KubernetesObject | undefined,
): Pick<ServiceAccountChoice, "blocks"> {
  const { serviceAccount } = usage;
  const about = { subject: usage.workload };
  const blocks: Finding[] = [];
  const bindings = [...names.bindingsOf(usage, serviceAccount)];
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
      annotations: {
        [clientIDAnnotation]: clientID,
        [createdForAnnotation]: workloadKey(usage),
        ...(name === usage.serviceAccount ? {} : { [insteadOfAnnotation]: usage.serviceAccount }),
      },
    },
  };
}

/**
 * Whether two workloads may share an account: the same default, and the same others, since every credential on the account's
 * subject is there for all of its pods.
 */
function areSamePrincipals(
  [a, ...moreOfA]: readonly PrincipalRef[],
  [b, ...moreOfB]: readonly PrincipalRef[],
): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    isSamePrincipal(a, b) &&
    moreOfA.length === moreOfB.length &&
    moreOfA.every(one => moreOfB.some(other => isSamePrincipal(one, other)))
  );
}

/** A resource id that comes with two client ids is two identities: NMI goes by the client id. */
function isSamePrincipal(a: PrincipalRef, b: PrincipalRef): boolean {
  return a.id === b.id && isSameClientID(a.clientID, b.clientID);
}
