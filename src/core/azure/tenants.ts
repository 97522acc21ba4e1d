import { type Facts, identityFacts } from "../facts.ts";
import type { ClusterSource, PrincipalRef, SourceId } from "../model.ts";
import { clustersOf, onlyClusterOf } from "../podIdentity/worlds.ts";
import { isClientID } from "./servicePrincipal.ts";

/** The tenant that gives a principal its tokens: as its AzureIdentity says, or Azure; undefined where nobody does. */
export function tenantOf(facts: Facts, principal: PrincipalRef): string | undefined {
  return principal.type === "application" ? principal.tenantID : identityFacts(facts, principal.id)?.tenantID;
}

/**
 * The tenant that a service account has to name, so that its pods ask there and not where the webhook's AZURE_TENANT_ID sends
 * them; undefined where that is the right one, in every cluster that the account is for.
 */
export function tenantToName(facts: Facts, source: SourceId, principal: PrincipalRef): string | undefined {
  const wanted = tenantOf(facts, principal);
  if (wanted === undefined) return undefined;
  const clusters = clustersOf(facts, source);
  // Files alone say nothing of a webhook: a managed identity is taken to be in the tenant of its cluster.
  const isNeeded =
    clusters.length === 0
      ? principal.type === "application"
      : clusters.some(cluster => hasToBeNamed(wanted, principal, cluster));
  return isNeeded ? wanted : undefined;
}

function hasToBeNamed(wanted: string, { type }: PrincipalRef, cluster: ClusterSource): boolean {
  const { addon, namespace, tenantID = "" } = cluster.webhook;
  const own = tenantOfCluster(cluster);
  // A tenant may go by a domain name too, which says nothing here. The add-on has the cluster's own.
  const webhooks = isTenantID(tenantID) ? tenantID : addon === true ? own : undefined;
  if (webhooks !== undefined && !isSameTenant(webhooks, wanted)) return true;
  // A webhook of one's own may be started anew with another tenant, which an application's account need not go along with.
  if (type === "application") return webhooks === undefined || addon !== true;
  if (webhooks !== undefined) return false;
  // Its Deployment was seen, but not what it hands on; or nothing of it was.
  return namespace !== undefined && addon !== true ? true : own !== undefined && !isSameTenant(own, wanted);
}

/** Whether two tenants are known to differ: one may be written as a domain name, which says nothing of its id. */
export function isOtherTenant(a: string, b: string): boolean {
  return isTenantID(a) && isTenantID(b) && !isSameTenant(a, b);
}

function isTenantID(tenant: string): boolean {
  return isClientID(tenant);
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
