import { normalResourceID } from "../azure/resourceId.ts";
import { isClientID } from "../azure/servicePrincipal.ts";
import { otherTenantOf, tenantToName } from "../azure/tenants.ts";
import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { type Finding, type FindingArgs, finding } from "../findings/codes.ts";
import type { AzureIdentityFacts, PrincipalRef, Usage } from "../model.ts";
import { isSameClientID } from "../workloadIdentity/workloadIdentity.ts";

/**
 * What ARM says of an identity; where nothing or somebody else is at its resource id, the usage is blocked. NMI goes by the client id
 * alone, so an identity that has it elsewhere is the one (`placedPrincipal`), unless another one is where the AzureIdentity says.
 */
export function azureFactsOf(
  facts: Facts,
  usage: Usage,
  principal: PrincipalRef,
): Verdict & { identity?: AzureIdentityFacts } {
  const about = { subject: usage.workload };
  const { id, type, clientID } = principal;
  if (type !== "userAssigned") return {};
  if (clientID !== "" && !isClientID(clientID))
    return { blocks: [finding("client-id-not-a-guid", about, { clientID, ...namedBy(usage, clientID) })] };
  if (!id.startsWith("/")) return {};
  const seen = facts.azure.identities.get(id);
  if (seen !== undefined && seen !== "notFound" && "failed" in seen && seen.subscription !== undefined) {
    const { subscription, failed: reason } = seen;
    return { notChecked: [finding("subscription-not-checked", about, { resourceID: id, subscription, reason })] };
  }
  if (seen === undefined || (seen !== "notFound" && "failed" in seen)) {
    const why = seen ? { reason: seen.failed } : notAsked(facts);
    return { notChecked: [finding("azure-not-checked", about, why)] };
  }
  if (seen === "notFound") {
    const unsearched = [...(facts.azure.unsearched ?? [])];
    return { blocks: [finding("identity-not-found", about, { resourceID: id, clientID, unsearched })] };
  }
  const place = facts.azure.places?.get(clientID.toLowerCase());
  if (!isSameClientID(seen.clientID, clientID)) {
    const args = { resourceID: id, azureIdentity: clientID, azure: seen.clientID, ...(place ? { place } : {}) };
    return { identity: seen, blocks: [finding("client-id-mismatch", about, args)] };
  }
  const reasons = place === id ? movedTo(usage, principal) : [];
  const other = otherTenantOf(facts, usage.workload.source, principal);
  if (other && tenantToName(facts, usage.workload.source, principal) !== undefined)
    reasons.push(finding("identity-in-other-tenant", about, { principal: id, ...other }));
  return { identity: seen, reasons };
}

function namedBy({ identities }: Usage, clientID: string): { azureIdentity?: string } {
  const identity = identities.find(one => one.clientID === clientID);
  return identity ? { azureIdentity: `${identity.namespace}/${identity.name}` } : {};
}

/** Told once, however many AzureIdentities name the place where it is not. */
function movedTo({ workload, identities }: Usage, { id: to, clientID }: PrincipalRef): Finding[] {
  const named = identities.filter(one => isSameClientID(one.clientID, clientID)).map(one => one.resourceID);
  const from = named.find(one => normalResourceID(one) !== to);
  if (from === undefined) return [];
  const code = normalResourceID(from) === undefined ? "identity-found-by-client-id" : "identity-moved";
  return [finding(code, { subject: workload }, { clientID, from, to })];
}

/** Why there is no answer of Azure. */
export function notAsked({ sources }: Pick<Facts, "sources">): FindingArgs["azure-not-checked"] {
  const isAlone = sources.every(source => source.type === "files");
  return isAlone
    ? { reason: "nothing is asked of Azure for files alone", filesAlone: true }
    : { reason: "Azure was not asked" };
}
