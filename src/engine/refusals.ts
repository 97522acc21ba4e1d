import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { Step } from "../core/model.ts";
import type { Seen } from "../core/observe.ts";
import { ApiError } from "../core/ports.ts";
import { smallestRole } from "../core/rights/azureRights.ts";
import { credentialsInTheWay } from "../core/trust/trusts.ts";

/**
 * Codes of different causes begin alike, and the one code BadRequest has many causes: codes are compared whole, with the status.
 * None of these is an answer of Kubernetes, where a step's record may fail.
 */
interface Refusal {
  status: number;
  code?: string;
  /** In the server's words, where Microsoft documents those and no code. */
  words?: RegExp;
  remedy(about: { error: ApiError; identity: string; azure: AzureAccess }): string | Promise<string>;
}

const writeAction = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";
const sameTrust = /Issuer and subject combination already exists/;

const refusals: readonly Refusal[] = [
  {
    status: 403,
    code: "RequestDisallowedByPolicy",
    remedy: ({ identity }) =>
      `Azure Policy forbids federated credentials here. Ask those who keep the policy that is named for an exemption for ${identity} (az policy exemption create), then run the same command again.`,
  },
  {
    status: 403,
    code: "AuthorizationFailed",
    remedy: ({ error, identity }) => {
      const action = /perform action '([^']+)'/.exec(error.message)?.[1] ?? writeAction;
      const scope = /over scope '([^']+)'/.exec(error.message)?.[1] ?? identity;
      const role = smallestRole([action]);
      const which = role === undefined ? "" : ` The smallest documented role that has it is ${role.name} (${role.id}).`;
      return `You lack the action ${action} at ${scope}.${which} Have it assigned at ${identity}, and allow it some minutes to take effect.`;
    },
  },
  {
    status: 409,
    code: "ScopeLocked",
    remedy: ({ error, identity }) => {
      const scope = /scope\(s\) are locked: '([^']+)'/.exec(error.message)?.[1] ?? identity;
      return `A lock at ${scope} forbids the change. Have it taken off for the time of the migration (az lock list shows its name), then run the same command again.`;
    },
  },
  {
    status: 405,
    words: /federated identity credentials not enabled/i,
    remedy: async ({ identity, azure }) =>
      `The identity is in a region${await regionOf(identity, azure)} that does not support federated credentials. Use an identity in another region, with the same rights.`,
  },
  {
    status: 400,
    words: /Too many Federated Identity Credentials/,
    remedy: () =>
      "The identity has as many federated credentials as Azure allows. Delete those that nobody needs, let workloads share a service account, or give some of them a second identity; then plan again.",
  },
  {
    status: 400,
    words: /Federated Identity Credential name '.*' is invalid/,
    remedy: () => "The planned name is none that Azure takes. Plan again with this version.",
  },
  ...[400, 409].map(status => ({
    status,
    words: sameTrust,
    remedy: () =>
      "The identity has a credential with the same issuer and subject, but its list does not show it yet. Run the same command again in some minutes: it adopts a credential with the same content.",
  })),
  ...["ResourceNotFound", "ParentResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound"].map(code => ({
    status: 404,
    code,
    remedy: ({ identity }: { identity: string }) =>
      `${identity} is gone since the plan was made, or you may not see it any more. Make it again or correct the AzureIdentity, then plan again.`,
  })),
  ...["ExpiredAuthenticationToken", "InvalidAuthenticationToken", "AuthenticationFailed"].map(code => ({
    status: 401,
    code,
    remedy: () =>
      "Azure takes neither the token nor a new one. Sign in again (az login) and look at this machine's clock; the same command goes on from here.",
  })),
];

/** Why a step failed: the server's words, and for what Azure refuses what to do about it. */
export async function failureOf(step: Step, error: Error, azure: AzureAccess | undefined): Promise<string> {
  const { message } = error;
  if (step.op !== "trust" || !azure || !(error instanceof ApiError)) return message;
  const refusal = refusals.find(
    one =>
      one.status === error.status &&
      (one.code === undefined || one.code === error.reason) &&
      (one.words === undefined || one.words.test(message)),
  );
  if (!refusal) return message;
  return `${message.replace(/\.?$/, ".")} ${await refusal.remedy({ error, identity: step.target.principal, azure })}`;
}

/** Whether Azure says that another credential has the issuer and subject; the documented answer is 400, a reported one 409. */
export function saysTrustExists({ status, message }: ApiError): boolean {
  return (status === 400 || status === 409) && sameTrust.test(message);
}

/** Why a step that is neither pending nor done is not carried out; of a credential in the way, which one. */
export function whyNot(step: Step, seen: Seen): string {
  if (seen === "unknown") return "Azure was not asked";
  const { sameToken = [], sameName } =
    step.op === "trust" && "credentials" in seen ? credentialsInTheWay(seen.credentials, step.trust) : {};
  const other = sameToken[0] ?? sameName;
  if (!other) return "it is neither as planned from nor as planned to";
  const what = sameToken[0]
    ? `has the same issuer and subject for the audience ${other.audience}, and Azure takes one for both`
    : `has the planned name for the subject ${other.subject} of ${other.issuer}`;
  return `the credential ${other.name} ${what}. It is not overwritten: delete it if nobody needs it, then plan again`;
}

/** Only told where Azure still answers: the refusal stands without it. */
async function regionOf(identity: string, azure: AzureAccess): Promise<string> {
  const found = await azure.getIdentity(identity).catch(() => undefined);
  return found ? ` (${found.location})` : "";
}
