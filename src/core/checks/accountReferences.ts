import { accountPolicyKindKeys, changedMentions } from "../accounts/accountMentions.ts";
import { isCovered } from "../decisions.ts";
import { type Facts, isKnown } from "../facts.ts";
import type { Finding } from "../findings/codes.ts";
import { finding } from "../findings/codes.ts";
import type { SourceId } from "../model.ts";
import { compare } from "../order.ts";
import type { Check } from "./check.ts";

/** Calico's two groups show the same objects: what was seen of one is enough. */
function isSeenOtherwise(facts: Facts, source: SourceId, kind: string): boolean {
  const [name, group = ""] = [kind.slice(0, kind.indexOf(".")), kind.slice(kind.indexOf(".") + 1)];
  const other = calicoGroups.includes(group) ? calicoGroups.find(one => one !== group) : undefined;
  return (
    other !== undefined &&
    isKnown(facts, source, `${name}.${other}`) &&
    facts.objects.ofKind(source, `${name}.${other}`).length > 0
  );
}

const calicoGroups = ["projectcalico.org", "crd.projectcalico.org"];

/** Accounts of other clouds that trust this one by its name. */
const foreignTrusts = ["eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account"];

/**
 * A service account is also a network and policy identity. Where a workload leaves its account, every policy that means the old
 * one and not the new one would not mean the workload any more, and one that means the new one alone would let it in, or keep
 * it out, where it is not today: that blocks until people say that it is covered.
 */
export const checkAccountReferences: Check = ({ facts, usage, account, template, decision, changes }) => {
  const { source, namespace = "default" } = usage.workload;
  const left = usage.serviceAccount;
  if (changes.length === 0 || left === account.name) return {};
  const about = { subject: usage.workload };
  const found = facts.objects.find(source, "ServiceAccount", namespace, left)?.object;
  const blocks = new Map<string, Finding>();
  const block = (object: string, field: string) => {
    if (!isCovered(decision, object) && !blocks.has(object))
      blocks.set(object, finding("account-named-elsewhere", about, { serviceAccount: left, object, field }));
  };
  const { lost, gained } = changedMentions(facts, usage, { template, to: account.name });
  for (const { object, field } of lost) block(object, field);
  const role = template?.metadata?.annotations?.["vault.hashicorp.com/role"];
  // The role is bound to accounts by their name, in Vault, where nobody can look from here.
  if (role !== undefined) block(`Vault role ${role}`, "annotation vault.hashicorp.com/role");
  for (const key of foreignTrusts) {
    const value = found?.metadata.annotations?.[key];
    if (value !== undefined) block(`Trust ${value}`, `annotation ${key} of ServiceAccount ${namespace}/${left}`);
  }
  const unread = accountPolicyKindKeys.filter(
    kind => !isKnown(facts, source, kind) && !isSeenOtherwise(facts, source, kind),
  );
  return {
    blocks: [
      ...blocks.values(),
      ...gained
        .filter(({ object }) => !isCovered(decision, object))
        .map(({ object, field }) =>
          finding("new-account-named-elsewhere", about, { serviceAccount: account.name, object, field }),
        ),
    ],
    notChecked:
      unread.length === 0 ? [] : [finding("account-policies-not-checked", about, { kinds: [...unread].sort(compare) })],
  };
};
