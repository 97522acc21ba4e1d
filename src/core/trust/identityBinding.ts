import type { Account } from "../accounts/roleBindings.ts";
import { isEqual } from "../changes/change.ts";
import type { Verdict } from "../checks/check.ts";
import { shortHash } from "../documents/hash.ts";
import { type Facts, isKnown, nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { IdentityBinding, PrincipalRef, Trust, Usage } from "../model.ts";
import { clusterOf, defaultBindingAudience } from "./backend.ts";
import { bindingOfRole, bindingRole, roleOfAccount } from "./identityBindingRoles.ts";
import { serviceAccountSubject } from "./trusts.ts";

/**
 * The trust by which a service account becomes this principal through the cluster's identity binding, with what stands against it.
 * Issuer, subject and audience are those of the pods' token, which the API server's proxy takes; Entra sees AKS's own.
 */
export function identityBindingTrust(
  facts: Facts,
  usage: Usage,
  { principal, account, issuer }: { principal: PrincipalRef; account: Account; issuer: string },
): Verdict & { trust: Trust } {
  const about = { subject: usage.workload };
  const cluster = clusterOf(facts, usage);
  const trust: Trust = {
    principal: principal.id,
    issuer,
    subject: serviceAccountSubject(account.namespace, account.name),
    audience: cluster?.webhook.identityBinding?.audience ?? defaultBindingAudience,
    backend: "identityBinding",
    name: bindingName(principal.id),
  };
  const verdict = { reasons: [] as Finding[], blocks: [] as Finding[], notChecked: [] as Finding[] };
  const unread = cluster ? unreadRoles(facts, cluster.id) : undefined;
  if (unread !== undefined) verdict.notChecked.push(finding("identity-binding-not-checked", about, { reason: unread }));
  if (cluster) verdict.blocks.push(...rolesInTheWay(facts, usage, { source: cluster.id, principal, account }));
  const seen = seenBindings(facts, usage);
  if (seen === "noCluster") {
    // Where Azure was not asked about the identity either, that is told already.
    if (facts.azure.identities.has(principal.id))
      verdict.blocks.push(finding("identity-binding-without-cluster", about, {}));
    return { trust, ...verdict };
  }
  if ("failed" in seen) {
    verdict.notChecked.push(finding("identity-binding-not-checked", about, { reason: seen.failed }));
    return { trust, ...verdict };
  }
  const existing = seen.find(one => one.principal === principal.id);
  if (existing) {
    const named = { ...trust, name: existing.name };
    if (existing.state !== "Succeeded") return { trust: named, ...verdict };
    const adopted = { name: existing.name, principal: principal.id };
    verdict.reasons.push(finding("identity-binding-adopted", about, adopted));
    return { trust: { ...named, adopts: existing.name }, ...verdict };
  }
  const taken = seen.find(one => one.name === trust.name);
  if (taken) {
    const args = { name: taken.name, principal: taken.principal };
    verdict.blocks.push(finding("identity-binding-name-taken", about, args));
  }
  return { trust, ...verdict };
}

/** Legal as ARM wants it, `[a-z][a-z0-9]*` up to 63, the same in every cluster: what it is for says the identity that it names. */
function bindingName(principal: string): string {
  const hash = shortHash(principal);
  const name = (principal.split("/").at(-1) ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
  return `${name.replace(/^[0-9]+/, "").slice(0, 50) || "identity"}${hash}`;
}

function seenBindings(facts: Facts, usage: Usage): readonly IdentityBinding[] | { failed: string } | "noCluster" {
  const resourceID = clusterOf(facts, usage)?.azure?.resourceID;
  if (resourceID === undefined) return "noCluster";
  return facts.azure.identityBindings?.get(resourceID.toLowerCase()) ?? { failed: "Azure was not asked" };
}

function unreadRoles(facts: Facts, source: string): string | undefined {
  const kinds = ["ClusterRole", "ClusterRoleBinding"].filter(kind => !isKnown(facts, source, kind));
  return kinds.length === 0 ? undefined : `${kinds.join(" and ")} objects cannot be listed`;
}

/** Objects of the names that this tool gives, which somebody made for something else. */
function rolesInTheWay(
  facts: Facts,
  usage: Usage,
  { source, principal, account }: { source: string; principal: PrincipalRef; account: Account },
): Finding[] {
  if (roleOfAccount(facts, source, principal.clientID, account) !== undefined) return [];
  return [
    { wanted: bindingRole(source, principal.clientID), fields: ["rules"] },
    { wanted: bindingOfRole(source, principal.clientID, account), fields: ["roleRef", "subjects"] },
  ].flatMap(({ wanted: { ref, object }, fields }) => {
    const found = facts.objects.get(ref);
    if (!found || fields.every(field => isEqual(found[field as keyof typeof found], object[field]))) return [];
    return [finding("identity-binding-role-differs", { subject: usage.workload }, { object: nameOf(ref) })];
  });
}
