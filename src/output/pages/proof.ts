import type { ProofFindings } from "../../core/findings/proof.ts";
import type { Page } from "./page.ts";

const federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";
const troubleshooting = "https://azure.github.io/azure-workload-identity/docs/troubleshooting.html";
const errors = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";

export const proofPages: Record<keyof ProofFindings, Page> = {
  "exchange-issuer-differs": {
    what: "Microsoft Entra refused a service account's token (AADSTS700211, formerly 70021): the identity trusts this subject and audience, but of another issuer.",
    why: "The issuer is compared byte for byte. AKS issuers end in a slash, and a credential without it is accepted when it is written and fails at the first exchange.",
    todo: "Take the issuer from the cluster (az aks show --query oidcIssuerProfile.issuerUrl) as it is, and plan again. Nothing was restarted: the switch stage does not run for these workloads.",
    source: troubleshooting,
  },
  "exchange-subject-differs": {
    what: "Microsoft Entra refused a service account's token (AADSTS700213): no federated credential of the identity has its subject, system:serviceaccount:NAMESPACE:NAME.",
    why: "Pods of the service account would get no token. A PUT on a credential replaces it, so another tool that uses the same name takes the trust away without an error.",
    todo: "Look who wrote the credential last (the activity log of the identity), let one tool own it, and plan again.",
    source: federation,
  },
  "exchange-audience-differs": {
    what: "Microsoft Entra refused a service account's token (AADSTS700212): the credential for this issuer and subject has another audience.",
    why: "The audience is that of the token which the webhook projects: api://AzureADTokenExchange in every cloud, unless it was started with --audience. It is not derived from the cloud.",
    todo: "Plan with the webhook's audience (--audience), or delete the credential where nobody else uses it. An identity takes an issuer and a subject only once.",
    source: "Azure/azure-workload-identity, pkg/webhook/consts.go, DefaultAudience",
  },
  "exchange-credential-missing": {
    what: "Microsoft Entra refused a service account's token (AADSTS700211, 700213 or 70025): the identity has no federated credential that comes near it.",
    why: "Without one, no pod of the service account gets a token.",
    todo: "Run apply --stage prepare, which writes it. Where it has run already, somebody deleted it since.",
    source: troubleshooting,
  },
  "exchange-client-unknown": {
    what: "Microsoft Entra does not know the client id in the tenant that was asked (AADSTS700016, or 90002 for the tenant itself).",
    why: "An identity that is deleted and created anew gets another client id, and a client id is only known in its own tenant.",
    todo: "Compare spec.clientID of the AzureIdentity with az identity show, and the tenant with the subscription's. Trying again does not help.",
    source: errors,
  },
  "exchange-issuer-not-public": {
    what: "Microsoft Entra could not read the issuer's discovery document or its keys (AADSTS90061, 501661).",
    why: "Entra fetches both from the internet to check the token's signature. An issuer that only the cluster's network reaches cannot be trusted.",
    todo: "Enable the OIDC issuer (az aks update --enable-oidc-issuer), or publish the documents of a self-managed issuer where everybody can read them.",
    source: troubleshooting,
  },
  "exchange-token-invalid": {
    what: "Microsoft Entra did not take the token itself: out of its time (AADSTS700024), signed with a key that the issuer does not show (700027), or malformed.",
    why: "Every pod of the cluster would be refused alike: clocks that differ, or signing keys that were rotated before the issuer's documents were.",
    todo: "Check the clocks of the control plane. After a rotation of the signing keys, wait until the issuer's keys are published and Entra has read them again.",
    source: errors,
  },
  "exchange-not-visible": {
    what: "Azure Resource Manager has the federated credential and it fits the token byte for byte, but Microsoft Entra refused the token until the limit was reached.",
    why: "New credentials become visible to Entra's servers one after the other, in seconds as a rule, sometimes in minutes, and a refusal is remembered for minutes.",
    todo: "Run the same command again: it goes on from there. --exchange-timeout gives it more time. If it stays so for an hour, ask Microsoft with the trace id of a failed sign-in of the identity.",
    source: federation,
  },
  "exchange-refused": {
    what: "Microsoft Entra refused to give a token for the identity, and not because of its federated credentials.",
    why: "A rule of the tenant, such as Conditional Access for workload identities, or a disabled service principal refuses pods just as well.",
    todo: "Look the number of AADSTS up, and the sign-in log of the identity (Entra, sign-in logs, managed identities or service principals).",
    source: errors,
  },
  "token-not-exchanged": {
    what: "No token of the service account was exchanged: the right to create serviceaccounts/token is missing, the account or its federated credential is not there yet, the authority did not answer, or its way is not open to this tool (identity bindings).",
    why: "The exchange is what shows, before any pod restarts, that issuer, subject and audience fit and that Entra has heard of the credential. Without it the switch goes on, and its workloads end unproven.",
    todo: "Grant create on serviceaccounts/token in the namespaces of the plan (the operator role in examples/ has it), then: verify --exchange.",
    source:
      "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential",
  },
};
