import { defaultIdentityOf, isNamedBy } from "../azure/principals.ts";
import { normalResourceID } from "../azure/resourceId.ts";
import type { Verdict } from "../checks/check.ts";
import { decisionFor, decisionForIdentity, decisionKey } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import { type Finding, type FindingArgs, finding } from "../findings/codes.ts";
import { podTemplateOf } from "../kubernetes.ts";
import type { Decisions, MatchedIdentity, PrincipalRef, Usage } from "../model.ts";
import { clientIDsOf, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { checkServicePrincipals } from "./servicePrincipals.ts";

/** Whether what pod identity gives a usage can be had with workload identity, as far as Kubernetes tells. */
export function checkIdentities(facts: Facts, decisions: Decisions, usage: Usage): Verdict {
  const about = { subject: usage.workload };
  const { reasons = [], blocks = [] } = checkDefault(facts, decisions, usage);
  for (const { type, clientID } of usage.identities)
    if (type === "userAssigned" && clientID === "") blocks.push(finding("client-id-missing", about, {}));
  for (const principal of usage.principals) {
    if (principal.type === "userAssigned" && !principal.id.startsWith("/")) {
      blocks.push(finding("resource-id-invalid", about, invalidID(decisions, usage, principal)));
    }
  }
  const { reasons: told = [], blocks: more = [] } = checkServicePrincipals(facts, decisions, usage);
  return { reasons: [...reasons, ...told], blocks: [...blocks, ...more] };
}

/** Which resource id is none, and where it stands: of the workload in the config file, of the identity there, or of the object. */
function invalidID(decisions: Decisions, usage: Usage, principal: PrincipalRef): FindingArgs["resource-id-invalid"] {
  const { identity: chosen } = decisionFor(decisions, usage);
  // The one that was chosen comes first.
  if (chosen !== undefined && principal === usage.principals[0]) return { resourceID: chosen, key: decisionKey(usage) };
  const { clientID } = principal;
  const { resourceID: decided } = decisionForIdentity(decisions, clientID);
  if (decided !== undefined) return { resourceID: decided, key: clientID };
  const identity = usage.identities.find(
    one =>
      one.type === "userAssigned" &&
      isSameClientID(one.clientID, clientID) &&
      normalResourceID(one.resourceID) === undefined,
  );
  if (!identity) return { resourceID: "" };
  return { resourceID: identity.resourceID, azureIdentity: `${identity.namespace}/${identity.name}` };
}

/** Of several identities one is for requests that name none; pod identity gave those a random one, so nobody can guess it. */
function checkDefault(facts: Facts, decisions: Decisions, usage: Usage): Verdict {
  const about = { subject: usage.workload };
  const { identities, principals } = usage;
  const isNodeAsked = asksTheNode(facts, decisions, usage);
  // Of one alone nothing is to be said, unless people think that it is another.
  if (principals.length < 2 && !isNodeAsked && (identities.length === 0 || !isMisnamed(decisions, usage))) return {};
  // The webhook names the default's tenant to the pods: code that asks for another one has to say which.
  const nameOfIdentity = ({ namespace, name, clientID, servicePrincipal }: MatchedIdentity) =>
    `${namespace}/${name} (${clientID}${servicePrincipal?.tenantID ? `, tenant ${servicePrincipal.tenantID}` : ""})`;
  const candidates = identities.map(nameOfIdentity);
  const defaultIdentity = defaultIdentityOf(facts, decisions, usage);
  if (defaultIdentity === undefined) {
    const code = isNodeAsked ? "default-identity-of-node" : "several-identities";
    return { blocks: [finding(code, about, { candidates, key: decisionKey(usage) })] };
  }
  if (!isOneOf(usage, defaultIdentity))
    return { blocks: [finding("default-identity-unknown", about, { defaultIdentity, candidates })] };
  const others = identities.filter(one => !isNamedBy(one, defaultIdentity)).map(nameOfIdentity);
  return { reasons: [finding("client-ids-needed-in-code", about, { defaultIdentity, others })] };
}

function isMisnamed(decisions: Decisions, usage: Usage): boolean {
  const { defaultIdentity, identity } = decisionFor(decisions, usage);
  if (defaultIdentity === undefined || identity !== undefined) return false;
  return !isOneOf(usage, defaultIdentity);
}

function isOneOf({ identities }: Usage, name: string | undefined): boolean {
  return identities.some(one => isNamedBy(one, name));
}

/** Whether requests that name no identity have one that is known. */
export function isDefaultKnown(facts: Facts, decisions: Decisions, usage: Usage): boolean {
  if (asksTheNode(facts, decisions, usage)) return false;
  return usage.principals.length === 1 || isOneOf(usage, defaultIdentityOf(facts, decisions, usage));
}

/**
 * Whether requests without a client id go past NMI to the node, which answers with an identity of its own and not with the
 * binding's (pkg/nmi/server/server.go:getTokenForExceptedPod; NMI's rules are in PREROUTING alone): who that is, people know.
 */
function asksTheNode(facts: Facts, decisions: Decisions, usage: Usage): boolean {
  if (!usage.findings.includes("excepted") && !usage.findings.includes("host-network")) return false;
  if (decisionFor(decisions, usage).identity !== undefined) return false;
  if (defaultIdentityOf(facts, decisions, usage) !== undefined) return false;
  const workload = facts.objects.get(usage.workload);
  const named = clientIDsOf((workload && podTemplateOf(workload)) ?? {});
  return !usage.identities.some(identity => named.some(clientID => isSameClientID(identity.clientID, clientID)));
}

/** What installations or clusters do not agree on nobody can decide but people; the finding is told with the usage. */
export function undecided(facts: Facts, decisions: Decisions, usage: Usage): Pick<Finding, "code">[] {
  const isOpen =
    usage.findings.includes("identities-differ") && defaultIdentityOf(facts, decisions, usage) === undefined;
  return isOpen ? [{ code: "identities-differ" }] : [];
}
