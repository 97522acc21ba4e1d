import { decisionFor, decisionForIdentity } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { Decisions, MatchedIdentity, PrincipalRef, Usage } from "../model.ts";
import { clientIDAnnotation, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { normalResourceID } from "./resourceId.ts";

/**
 * One principal an identity, by resource id where that is one, else by client id: what two AzureIdentity objects share is one
 * principal. Where they name one resource but two client ids, NMI serves both: neither is dropped for the other. The one that
 * is decided to be the default comes first.
 */
export function principalsOf(
  identities: readonly MatchedIdentity[],
  decisions: Pick<Decisions, "identities">,
  defaultIdentity: string | undefined,
): PrincipalRef[] {
  const principals = new Map<string, PrincipalRef>();
  const chosen = identities.filter(identity => isNamedBy(identity, defaultIdentity));
  for (const identity of [...chosen, ...identities]) {
    const { type, clientID, servicePrincipal: { tenantID = "" } = {} } = identity;
    const principal: PrincipalRef =
      type === "userAssigned"
        ? { id: resourceIDOf(identity, decisions) ?? clientID.toLowerCase(), type, clientID }
        : { id: clientID.toLowerCase(), type: "application", clientID, ...(tenantID === "" ? {} : { tenantID }) };
    const key = `${principal.id}\n${clientID.toLowerCase()}\n${tenantID.toLowerCase()}`;
    if (!principals.has(key)) principals.set(key, principal);
  }
  return [...principals.values()];
}

/**
 * The identity for requests that name none: as decided, or, where the workload is on workload identity already, the one that its
 * service account names. Undefined where that is still open.
 */
export function defaultIdentityOf(
  facts: Facts,
  decisions: Decisions,
  { workload, serviceAccount, state }: Pick<Usage, "workload" | "serviceAccount" | "state">,
): string | undefined {
  const { defaultIdentity } = decisionFor(decisions, { workload });
  if (defaultIdentity !== undefined || state !== "migrated") return defaultIdentity;
  const account = facts.objects.find(workload.source, "ServiceAccount", workload.namespace, serviceAccount);
  return account?.object.metadata.annotations?.[clientIDAnnotation];
}

/** Whether a decision names this identity: `NAMESPACE/NAME` of its AzureIdentity, or its client id. */
export function isNamedBy(identity: MatchedIdentity, name: string | undefined): boolean {
  return (
    name !== undefined && (`${identity.namespace}/${identity.name}` === name || isSameClientID(identity.clientID, name))
  );
}

/** NMI goes by the client id alone: where the object's resource id is missing or wrong, people say which identity it is. */
function resourceIDOf({ clientID, resourceID }: MatchedIdentity, decisions: Pick<Decisions, "identities">) {
  return normalResourceID(decisionForIdentity(decisions, clientID).resourceID ?? resourceID);
}

/**
 * Whether two workloads may share an account: the same default, and the same others, since every credential on the account's
 * subject is there for all of its pods.
 */
export function areSamePrincipals(
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

/**
 * A resource id that comes with two client ids is two identities: NMI goes by the client id. An application is somebody else in
 * each tenant.
 */
export function isSamePrincipal(a: PrincipalRef, b: PrincipalRef): boolean {
  return (
    a.id === b.id && isSameClientID(a.clientID, b.clientID) && a.tenantID?.toLowerCase() === b.tenantID?.toLowerCase()
  );
}
