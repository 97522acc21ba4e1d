import { areSamePrincipals } from "../azure/principals.ts";
import { isSameTenant, tenantOf } from "../azure/tenants.ts";
import { decisionFor } from "../decisions.ts";
import { clusterSource, type Facts, isKnown } from "../facts.ts";
import type { NotReusable } from "../findings/accounts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { JsonObject, KubernetesObject } from "../kubernetes.ts";
import type { Decisions, PrincipalRef, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { clientIDAnnotation, isSameClientID, tenantIDAnnotation } from "../workloadIdentity/workloadIdentity.ts";
import { AccountNames, accountKey, createdForAnnotation, insteadOfAnnotation, workloadKey } from "./accountNames.ts";
import { leftBehind, settingsOf } from "./accountSettings.ts";
import { bindingKinds } from "./roleBindings.ts";

export interface ServiceAccountChoice {
  name: string;
  use: "existing" | "create";
  /** Why this account. */
  reasons: Finding[];
  /** Why the account that was asked for will not do. */
  blocks: Finding[];
  notChecked: Finding[];
}

/**
 * Chooses the service account of every usage, as its policy says. `auto`: its own, unless that is `default`, is used by workloads
 * with another identity, or names another identity already. `reuse`: its own, or a block. `dedicated`: one that was made for it.
 * The choice rests on all usages, whichever are selected, and does not change while a run that carries it out is under way: a
 * dedicated account that exists for a workload stays its account, and an account that one workload was taken off is not given to
 * those that are still there.
 */
export function chooseServiceAccounts(
  facts: Facts,
  usages: readonly Usage[],
  decisions: Decisions,
): Map<string, ServiceAccountChoice> {
  const choices = new Map<string, ServiceAccountChoice>();
  const names = new AccountNames(facts, usages);
  const byAccount = new Map<string, Usage[]>();
  for (const usage of usages) {
    const key = accountKey(usage, usage.serviceAccount);
    const sharing = byAccount.get(key);
    if (sharing) sharing.push(usage);
    else byAccount.set(key, [usage]);
  }
  for (const usage of [...usages].sort((a, b) => compare(a.id, b.id))) {
    const principal = usage.principals[0];
    if (!principal) continue;
    const sharing = byAccount.get(accountKey(usage, usage.serviceAccount)) ?? [];
    const decision = decisionFor(decisions, usage);
    choices.set(usage.id, choose({ facts, usage, principal, sharing, names, decision }));
  }
  return choices;
}

interface Choosing {
  facts: Facts;
  usage: Usage;
  principal: PrincipalRef;
  /** The usages that run as the same account, this one too. */
  sharing: readonly Usage[];
  names: AccountNames;
  decision: ReturnType<typeof decisionFor>;
}

function choose(choosing: Choosing): ServiceAccountChoice {
  const { facts, usage, principal, names, decision } = choosing;
  const { serviceAccount: policy } = decision;
  const { source, namespace } = usage.workload;
  const { serviceAccount } = usage;
  const account = facts.objects.find(source, "ServiceAccount", namespace, serviceAccount)?.object;
  const about = { subject: usage.workload };
  const notChecked = isKnown(facts, source, "ServiceAccount", namespace)
    ? []
    : [finding("service-account-not-checked", about, { kinds: ["ServiceAccount"] })];
  const made = names.madeFor(usage, principal);
  const isOwn = made === serviceAccount;
  const problem = isOwn ? undefined : problemOf(choosing, account);
  const isKept = isOwn || policy === "reuse" || (policy === "auto" && !problem && made === undefined);
  if (isKept) {
    const missing = !account && notChecked.length === 0;
    const among = clusterSource(facts, source) ? "cluster" : "files";
    const reason = missing
      ? finding("service-account-missing", about, { serviceAccount, among })
      : finding("service-account-reused", about, { serviceAccount });
    return {
      name: serviceAccount,
      use: missing ? "create" : "existing",
      reasons: problem ? [] : [reason],
      blocks: problem ? [finding("service-account-not-reusable", about, { serviceAccount, ...problem })] : [],
      notChecked,
    };
  }
  const dedicated = made ?? names.take(usage, decision);
  const left = leftBehind(account);
  return {
    name: dedicated,
    use: made === undefined ? "create" : "existing",
    reasons: [
      // An account of an earlier run shows that the old one was shared then.
      reasonOf(usage, problem ?? (policy === "auto" ? { because: "shared", others: [] } : undefined), dedicated),
      ...(left ? [finding("service-account-settings-left-behind", about, { serviceAccount, dedicated, ...left })] : []),
    ],
    blocks: [],
    notChecked: [...notChecked, ...uncheckedRights(facts, usage)],
  };
}

/** Why the workload's own account will not do; undefined where it will. */
function problemOf(
  { facts, usage, principal, sharing, names }: Choosing,
  account: KubernetesObject | undefined,
): NotReusable | undefined {
  const { serviceAccount } = usage;
  if (serviceAccount === "default") return { because: "default" };
  const others = sharing
    .filter(other => other.principals.length > 0 && !areSamePrincipals(other.principals, usage.principals))
    .map(workloadKey);
  // Accounts that an earlier run made for others of its account show that it was shared then.
  if (others.length > 0 || names.wasSplit(usage)) return { because: "shared", others };
  const annotations = account?.metadata.annotations ?? {};
  const clientID = annotations[clientIDAnnotation];
  // Pods that are on workload identity already, with an account that names nobody, would be given this identity.
  const migrating = new Set(sharing.filter(other => other.principals.length > 0).map(workloadKey));
  const wouldGain = names
    .usersOf(usage, serviceAccount)
    .filter(user => user.selectsWorkloadIdentity && !migrating.has(user.workload))
    .map(user => user.workload);
  if (clientID === undefined && wouldGain.length > 0) return { because: "shared", others: wouldGain.sort(compare) };
  if (clientID !== undefined && !isSameClientID(clientID, principal.clientID))
    return { because: "other-identity", annotation: clientIDAnnotation, value: clientID };
  const tenantID = annotations[tenantIDAnnotation];
  // Where nobody tells the identity's tenant, the annotation is taken at its word.
  const known = tenantOf(facts, principal);
  if (tenantID !== undefined && known !== undefined && !isSameTenant(tenantID, known))
    return { because: "other-identity", annotation: tenantIDAnnotation, value: tenantID };
  return undefined;
}

/** Why a workload gets a dedicated account; without a problem with its own it was asked for. */
function reasonOf(usage: Usage, problem: NotReusable | undefined, dedicated: string): Finding {
  const about = { subject: usage.workload };
  const { serviceAccount } = usage;
  switch (problem?.because) {
    case undefined:
      return finding("service-account-dedicated", about, { serviceAccount, dedicated });
    case "default":
      return finding("service-account-default", about, { dedicated });
    case "shared":
      return finding("service-account-shared", about, { serviceAccount, others: problem.others, dedicated });
    case "other-identity": {
      const { annotation, value } = problem;
      return finding("service-account-names-other-identity", about, { serviceAccount, annotation, value, dedicated });
    }
  }
}

/** A RoleBinding of any namespace can name an account of this one. */
function uncheckedRights(facts: Facts, usage: Usage): Finding[] {
  const kinds = bindingKinds.filter(kind => !isKnown(facts, usage.workload.source, kind));
  return kinds.length === 0 ? [] : [finding("role-bindings-not-checked", { subject: usage.workload }, { kinds })];
}

/**
 * The service account object that a plan creates. In place of another (`old`) it has what of that works through its pods; the
 * rights come by role bindings. `tenantID`: where the webhook's own is not the identity's.
 */
export function newServiceAccount(
  usage: Usage,
  name: string,
  { clientID, tenantID }: { clientID: string; tenantID?: string | undefined },
  old: KubernetesObject | undefined,
): JsonObject {
  const settings = settingsOf(name === usage.serviceAccount ? undefined : old);
  const { imagePullSecrets, secrets, automountServiceAccountToken: automount } = settings;
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name,
      namespace: usage.workload.namespace ?? "default",
      annotations: {
        [clientIDAnnotation]: clientID,
        ...(tenantID === undefined ? {} : { [tenantIDAnnotation]: tenantID }),
        [createdForAnnotation]: workloadKey(usage),
        ...(name === usage.serviceAccount ? {} : { [insteadOfAnnotation]: usage.serviceAccount }),
        ...settings.annotations,
      },
    },
    ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets }),
    ...(secrets.length === 0 ? {} : { secrets }),
    ...(automount === undefined ? {} : { automountServiceAccountToken: automount }),
  };
}
