import { isOtherCloud } from "../azure/clouds.ts";
import { isClientID, isTenant } from "../azure/servicePrincipal.ts";
import { tenantToName } from "../azure/tenants.ts";
import type { Verdict } from "../checks/check.ts";
import { decisionFor, decisionKey, isCovered } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { Decisions, MatchedIdentity, Usage } from "../model.ts";
import { isSameClientID } from "../workloadIdentity/workloadIdentity.ts";

/** Whether the applications that pod identity signs a usage in as can be had with workload identity. */
export function checkServicePrincipals(facts: Facts, decisions: Decisions, usage: Usage): Verdict {
  const [principal] = usage.principals;
  const tenantID = principal && tenantToName(facts, usage.workload.source, principal);
  return {
    reasons:
      tenantID === undefined ? [] : [finding("tenant-named-by-account", { subject: usage.workload }, { tenantID })],
    blocks: usage.identities.flatMap(identity => blocksOf(facts, decisions, usage, identity)),
  };
}

function blocksOf(
  facts: Facts,
  decisions: Decisions,
  usage: Usage,
  { namespace, name, type, clientID, servicePrincipal }: MatchedIdentity,
): Finding[] {
  // Where people chose another identity in its place, nothing rests on it any more.
  const isUsed = usage.principals.some(one => one.type === "application" && isSameClientID(one.clientID, clientID));
  if (!servicePrincipal || !isUsed) return [];
  const about = { subject: usage.workload };
  const azureIdentity = `${namespace}/${name}`;
  const { tenantID, adEndpoint, auxiliaryTenantIDs: tenants } = servicePrincipal;
  const { authorityHost } = facts.azure;
  const blocks: Finding[] = [];
  if (!isClientID(clientID)) blocks.push(finding("application-id-invalid", about, { azureIdentity, clientID }));
  if (!isTenant(tenantID)) blocks.push(finding("tenant-id-invalid", about, { azureIdentity, tenantID }));
  if (adEndpoint !== "" && authorityHost !== undefined && isOtherCloud(adEndpoint, authorityHost))
    blocks.push(finding("authority-of-other-cloud", about, { azureIdentity, adEndpoint, authorityHost }));
  // pkg/nmi/server: only type 1 is answered with more than one token.
  if (type === "servicePrincipal" && tenants.length > 0) {
    const decision = decisionFor(decisions, usage);
    const object = `AzureIdentity ${azureIdentity}`;
    const { clientPath } = decision;
    if (clientPath === "proxy" || !isCovered(decision, object))
      blocks.push(finding("auxiliary-tenants", about, { object, tenants, clientPath, key: decisionKey(usage) }));
  }
  return blocks;
}
