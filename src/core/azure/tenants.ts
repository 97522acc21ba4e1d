import { type Facts, identityFacts } from "../facts.ts";
import type { ClusterSource, PrincipalRef, SourceId } from "../model.ts";
import { onlyClusterOf } from "../podIdentity/worlds.ts";

/** The tenant that gives a principal its tokens: as its AzureIdentity says, or Azure; undefined where nobody does. */
export function tenantOf(facts: Facts, principal: PrincipalRef): string | undefined {
  return principal.type === "application" ? principal.tenantID : identityFacts(facts, principal.id)?.tenantID;
}

/**
 * The tenant that a service account has to name, so that its pods ask there and not where the webhook's AZURE_TENANT_ID sends
 * them; undefined where that is the right one. Where the webhook's is not known only the add-on is sure to have the cluster's own,
 * so that an account names an application's.
 */
export function tenantToName(facts: Facts, source: SourceId, principal: PrincipalRef): string | undefined {
  const wanted = tenantOf(facts, principal);
  if (wanted === undefined) return undefined;
  const cluster = onlyClusterOf(facts, source);
  const webhooks = cluster?.webhook.tenantID;
  if (webhooks !== undefined) return isSameTenant(webhooks, wanted) ? undefined : wanted;
  const own = tenantOfCluster(cluster);
  if (isSameTenant(own, wanted) && cluster?.webhook.addon === true) return undefined;
  // A managed identity is in the tenant of its cluster unless both are known and differ.
  if (principal.type === "userAssigned" && (own === undefined || isSameTenant(own, wanted))) return undefined;
  return wanted;
}

/** The tenants of a managed identity and of its cluster, where both are known and differ. */
export function otherTenantOf(
  facts: Facts,
  source: SourceId,
  principal: PrincipalRef,
): { tenantID: string; cluster: string } | undefined {
  const tenantID = tenantOf(facts, principal);
  const cluster = tenantOfCluster(onlyClusterOf(facts, source));
  if (tenantID === undefined || cluster === undefined || isSameTenant(tenantID, cluster)) return undefined;
  return { tenantID, cluster };
}

export function isSameTenant(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a.toLowerCase() === b?.toLowerCase();
}

/** AKS: `https://REGION.oic.prod-aks.azure.com/TENANT/UUID/`, in other clouds with another ending. */
const aksIssuer = /^https:\/\/[^/]+\.oic\.prod-aks\.azure\.[a-z]+\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\//i;

/** As Azure says, else as the issuer does. */
function tenantOfCluster(cluster: ClusterSource | undefined): string | undefined {
  return cluster?.azure?.tenantID ?? aksIssuer.exec(cluster?.issuer ?? "")?.[1];
}
