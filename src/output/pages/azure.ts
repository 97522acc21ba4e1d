import type { AzureFindings } from "../../core/findings/azure.ts";
import type { Page } from "./page.ts";

const federationRules = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";
const nmi = "Azure/aad-pod-identity v1.8.17, pkg/nmi";

export const azurePages: Record<keyof AzureFindings, Page> = {
  "credential-adopted": {
    what: "A federated credential with this issuer, subject and audience is on the identity already, under whatever name. The plan uses it and writes none.",
    why: "Entra takes one credential for an issuer and subject, and each identity has room for 20: a second one with the same content is neither possible nor needed.",
    todo: "Nothing. If other tooling owns that credential (Terraform, Bicep), leave it there: deleting it later would cut the workload off.",
    source: federationRules,
  },
  "several-identities": {
    what: "Several AzureIdentityBindings select the same label, so pod identity gives the pods several identities.",
    why: "A request that names no client id got one of them at random (NMI walks an unordered store). With workload identity such a request gets the identity that the service account names, and no other: which one the code means is known to its authors alone.",
    todo: "Choose the default in the config file (workloads: NAMESPACE/KIND/NAME: defaultIdentity) or with plan --write-config. For every other identity the code must name the client id. If only one is really used, delete the other bindings instead.",
    source: `${nmi}/standard.go, GetTokens; MicrosoftDocs best practices: "selected at random"`,
  },
  "default-identity-of-node": {
    what: "A binding fits pods that pass NMI by, because they are excepted or on the host network, and no container sets AZURE_CLIENT_ID to its identity.",
    why: "The node's metadata endpoint does not know bindings: a request without a client id gets the node's system-assigned identity, or the only other one. With workload identity it would get the binding's identity, which is somebody else with other rights.",
    todo: "Find out as whom the application signs in, from its code or Entra's sign-in logs. In the config file (workloads: NAMESPACE/KIND/NAME) write defaultIdentity where its code names the binding's identity, or identity with the resource id of the one that it uses. For a system-assigned identity there are no federated credentials: choose a managed identity and give it the same roles.",
    source: `${nmi}/server/server.go:getTokenForExceptedPod and pkg/nmi/iptables/iptables.go`,
  },
  "default-identity-unknown": {
    what: "The config file chooses a default identity that this workload does not get.",
    why: "A trust for another identity than pod identity gives today would be a new privilege, not a migration.",
    todo: "Name one of the candidates as NAMESPACE/NAME of its AzureIdentity or by its client id.",
    source: "azwi-migrate: decisions are checked against what pod identity does today",
  },
  "client-ids-needed-in-code": {
    what: "The workload keeps several identities: each has a federated credential on the same service account, and one is the default.",
    why: "The webhook sets AZURE_CLIENT_ID to the default alone. A request that means another one must say so; requests by mi_res_id or object_id, which NMI answered in part, do not exist.",
    todo: "In code, pass the client id: new WorkloadIdentityCredential({ clientId }), azidentity.WorkloadIdentityCredentialOptions{ClientID: ...}, DefaultAzureCredential(workload_identity_client_id=...).",
    source: "Azure/azure-workload-identity, pkg/webhook/webhook.go, addEnvironmentVariables",
  },
  "client-id-mismatch": {
    what: "The client id and the resource id of an AzureIdentity belong to two different managed identities.",
    why: "NMI asked for tokens by client id, so that is who the workload was. The resource id only told MIC what to put on the nodes; a credential there would make the workload somebody else.",
    todo: "Correct the AzureIdentity, or name the right resource id in the config file: identities: CLIENT-ID: resourceID.",
    source: `${nmi}/standard.go and managed.go, GetTokens`,
  },
  "identity-not-found": {
    what: "Azure has no managed identity at this resource id, or the signed-in principal may not see it.",
    why: "Without it there is nothing to put a federated credential on. Pods that still get tokens do so for a client id that lives elsewhere.",
    todo: "Check tenant and subscription (--tenant, az account show) and the resource id; a renamed identity has a new resource id. Name the right one in the config file: identities: CLIENT-ID: resourceID.",
    source: "https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities/get",
  },
  "credential-audience-differs": {
    what: "A federated credential has this issuer and subject already, but another audience.",
    why: "Issuer and subject may occur once on an identity, so that a second credential is refused; with the audience as it is, Entra answers AADSTS700212.",
    todo: "Find out who uses it. Then plan with its audience (--audience, when the webhook projects that one), or delete it and plan again.",
    source: federationRules,
  },
  "credential-name-taken": {
    what: "The name that the new credential would have is in use for another trust.",
    why: "Writing a credential is a PUT: it would replace the other one without a word, and cut off whoever uses it.",
    todo: "Find out who uses the credential of that name, create it anew under another name, delete the old one, and plan again.",
    source: "https://learn.microsoft.com/rest/api/managedidentity/federated-identity-credentials/create-or-update",
  },
  "issuer-mismatch": {
    what: "The issuer that was given is not the one in the cluster's own discovery document.",
    why: "Entra compares the issuer of a token with that of the credential byte for byte, the trailing slash included. A credential with another issuer trusts another cluster.",
    todo: "Leave --issuer out, or copy it: az aks show --query oidcIssuerProfile.issuerUrl -o tsv.",
    source: "https://openid.net/specs/openid-connect-discovery-1_0.html, section 4.3",
  },
  "issuer-not-enabled": {
    what: "The cluster's tokens are issued by an address inside of the cluster.",
    why: "Entra reads the issuer's keys over the internet; it answers AADSTS90061 or 700211 where it cannot.",
    todo: "az aks update --enable-oidc-issuer --enable-workload-identity. The API server restarts, the issuer of new tokens changes for everybody who checks it, and it cannot be disabled again.",
    source: "https://learn.microsoft.com/azure/aks/use-oidc-issuer",
  },
  "issuer-not-usable": {
    what: "The issuer of the cluster's tokens is none that a federated credential can name: not an https URL, or one with white space, credentials, a query or too many characters in it.",
    why: "Entra reads the issuer's keys over HTTPS and compares the issuer letter by letter. A credential for this one would be written without complaint and match no token.",
    todo: "AKS: enable the OIDC issuer. Elsewhere: start the API server with another --service-account-issuer as the first one (the old one may stay as a second until its tokens have ended), publish its documents there, and plan again.",
    source: federationRules,
  },
  "azure-not-checked": {
    what: "Azure was not asked about this identity, or did not answer.",
    why: "Whether the identity exists, has this client id, and which credentials it has, is not known; a plan that rests on it is not carried out.",
    todo: "For files alone nothing is asked of Azure: give --context beside -f. Else sign in (az login, or the variables of a service principal) with Reader on the identities, and plan again.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
  "issuer-unknown": {
    what: "The issuer of the cluster's service account tokens is not known.",
    why: "It is one third of every trust.",
    todo: "Let the tool read /.well-known/openid-configuration of the API server, or give --issuer or --cluster-resource-id.",
    source:
      "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
  },
};
