import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { AzureIdentityFacts, PrincipalRef, Usage } from "../model.ts";
import { isSameClientID } from "../workloadIdentity.ts";

/** What ARM says of an identity; where it says something else than the AzureIdentity, the usage is blocked. */
export function azureFactsOf(
  facts: Facts,
  usage: Usage,
  principal: PrincipalRef,
): Verdict & { identity?: AzureIdentityFacts } {
  const about = { subject: usage.workload };
  if (principal.type !== "userAssigned" || !principal.id.startsWith("/")) return {};
  const seen = facts.azure.identities.get(principal.id);
  if (seen === undefined || (seen !== "notFound" && "failed" in seen)) {
    const reason = seen?.failed ?? notAskedReason(facts);
    return { notChecked: [finding("azure-not-checked", about, { reason })] };
  }
  if (seen === "notFound") return { blocks: [finding("identity-not-found", about, { resourceID: principal.id })] };
  if (isSameClientID(seen.clientID, principal.clientID)) return { identity: seen };
  const args = { resourceID: principal.id, azureIdentity: principal.clientID, azure: seen.clientID };
  return { identity: seen, blocks: [finding("client-id-mismatch", about, args)] };
}

/** Why there is no answer of Azure. */
export function notAskedReason({ sources }: Pick<Facts, "sources">): string {
  const isAlone = sources.every(source => source.type === "files");
  return isAlone ? "Azure is not asked for files alone, only with --context beside -f" : "Azure was not asked";
}
