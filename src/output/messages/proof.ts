import type { ProofFindings } from "../../core/findings/proof.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of a service account's token that was to be exchanged for an identity's. */
export const proofMessages: Pick<Messages, keyof ProofFindings> = {
  "exchange-issuer-differs": {
    title: "The credential is for another issuer than the token's",
    explain: ({ identity, credential, issuer, other, answer }) =>
      `The token names the issuer ${text(issuer)}, but the federated credential ${text(credential)} on ${text(identity)} has ${text(other)}: they must be equal to the last character, slash included. Plan again with the cluster's own issuer (without --issuer), so that a credential for it is written. Entra says: ${text(answer)}`,
  },
  "exchange-subject-differs": {
    title: "No credential is for this service account",
    explain: ({ identity, subject, others, answer }) =>
      `The token's subject is ${text(subject)}, but the federated credentials of ${text(identity)} for this issuer have ${listed(others)}. Somebody changed or deleted the credential after it was planned: find out who manages it, then plan again. Entra says: ${text(answer)}`,
  },
  "exchange-audience-differs": {
    title: "The credential is for another audience than the token's",
    explain: ({ identity, credential, audience, other, answer }) =>
      `The token has the audience ${text(audience)}, but the federated credential ${text(credential)} on ${text(identity)} has ${text(other)}. Find out who uses it; then delete it, or plan with the audience that the webhook projects (--audience). Entra says: ${text(answer)}`,
  },
  "exchange-credential-missing": {
    title: "No credential fits the token",
    explain: ({ identity, issuer, subject, audience, answer }) =>
      `${text(identity)} has no federated credential that comes near issuer ${text(issuer)}, subject ${text(subject)} and audience ${text(audience)}. Run apply --stage prepare; where it has run, somebody deleted the credential. Entra says: ${text(answer)}`,
  },
  "exchange-client-unknown": {
    title: "The tenant does not know the client id",
    explain: ({ identity, clientID, tenant, answer }) =>
      `Tenant ${text(tenant)} has no application or identity ${text(clientID)}, which ${text(identity)} is said to have. The identity was deleted and created anew (with another client id), or it is of another tenant. Entra says: ${text(answer)}`,
  },
  "exchange-issuer-not-public": {
    title: "Entra cannot reach the cluster's issuer",
    explain: ({ issuer, answer }) =>
      `Entra must be able to read ${text(issuer)}, followed by .well-known/openid-configuration, and the keys that it names, from the internet. Enable the OIDC issuer of the cluster, or publish the documents of your own one. Entra says: ${text(answer)}`,
  },
  "exchange-token-invalid": {
    title: "Entra does not take the service account's token",
    explain: ({ answer }) =>
      `The token is not valid for Entra: its signing key is not among those that the issuer shows, or the clocks of the cluster and of Entra differ. Entra says: ${text(answer)}`,
  },
  "exchange-not-visible": {
    title: "Entra still does not see the credential",
    explain: ({ identity, credential, answer }) =>
      `Azure has the federated credential ${text(credential)} on ${text(identity)}, and it fits the token, but Entra refuses it until now. Run the same command again later, or give it more time with --exchange-timeout. Entra says: ${text(answer)}`,
  },
  "exchange-refused": {
    title: "Entra refuses the exchange",
    explain: ({ identity, answer }) =>
      `No token was given for ${text(identity)}, for a reason that is not the federated credential. Entra says: ${text(answer)}`,
  },
  "token-not-exchanged": {
    title: "No token was exchanged",
    explain: ({ identity, reason }) =>
      `That a token of this service account is exchanged for ${text(identity)} was not tried, or nobody answered: ${text(reason)}. The workload is not proven.`,
  },
};
