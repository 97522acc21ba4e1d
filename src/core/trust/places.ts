import { isSamePrincipal } from "../azure/principals.ts";
import type { Facts } from "../facts.ts";
import { identityFacts } from "../facts.ts";
import type { PrincipalRef, Usage } from "../model.ts";

/**
 * The principal under the resource id that its identity really has. NMI asked for tokens by client id alone, in standard mode
 * (pkg/nmi/standard.go, GetTokens) as in managed mode (managed.go): where nothing is at the resource id and the client id is
 * elsewhere, the workload has been that one all along. Where another identity is at the resource id, people decide.
 */
function placedPrincipal(facts: Pick<Facts, "azure">, principal: PrincipalRef): PrincipalRef {
  if (principal.type !== "userAssigned") return principal;
  const place = facts.azure.places?.get(principal.clientID.toLowerCase());
  if (place === undefined || place === principal.id) return principal;
  return identityFacts(facts, principal.id) === undefined ? { ...principal, id: place } : principal;
}

/** The usages with their principals as Azure has them. Azure is asked after they were found. */
export function placedUsages(facts: Pick<Facts, "azure">, usages: readonly Usage[]): Usage[] {
  if (!facts.azure.places?.size) return [...usages];
  return usages.map(usage => {
    const placed = usage.principals.map(principal => placedPrincipal(facts, principal));
    if (placed.every((principal, index) => principal === usage.principals[index])) return usage;
    // Two AzureIdentities may have named one identity at two places.
    const principals = placed.filter((one, index) => placed.findIndex(other => isSamePrincipal(one, other)) === index);
    return { ...usage, principals };
  });
}
