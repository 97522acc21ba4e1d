import type { AzureFindings } from "../../core/findings/azure.ts";
import { enablingCommand, enablingWarning } from "../enablingCommand.ts";
import { text } from "../escape.ts";
import { issuerProblems } from "../issuerProblems.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of identities, trusts and issuers. */
export const azureMessages: Pick<Messages, keyof AzureFindings> = {
  "credential-adopted": {
    title: "An existing federated credential is used",
    explain: ({ name, principal }) =>
      `Federated credential ${text(name)} of ${text(principal)} already has this issuer, subject and audience. It is used as it is.`,
  },
  "several-identities": {
    title: "Several identities for one workload",
    explain: ({ candidates, key }) =>
      `Pod identity gives these pods ${listed(candidates)}, and picks one at random where the application names none: which one it means cannot be guessed. Say which one is the default (workloads: ${text(key)}: defaultIdentity: NAMESPACE/NAME in the config file, or plan --write-config); for each of the others the code must name its client id, as in WorkloadIdentityCredential({ clientId }).`,
  },
  "default-identity-of-node": {
    title: "Requests without a client id get the node's identity",
    explain: ({ candidates, key }) =>
      `A binding gives these pods ${listed(candidates)}, but their requests never reach pod identity: without a client id the node answers them with an identity of its own, and no container sets AZURE_CLIENT_ID to the binding's. Find out who they are today and say so in the config file (workloads: ${text(key)}): defaultIdentity: NAMESPACE/NAME where the code names the binding's identity, or identity: RESOURCE-ID of the managed identity that they use instead.`,
  },
  "default-identity-unknown": {
    title: "The chosen default is none of the workload's identities",
    explain: ({ defaultIdentity, candidates }) =>
      `The config file says defaultIdentity: ${text(defaultIdentity)}, but these pods get ${listed(candidates)}. Name one of those, as NAMESPACE/NAME or by client id.`,
  },
  "client-ids-needed-in-code": {
    title: "Code must name the client id of all identities but one",
    explain: ({ defaultIdentity, others }) =>
      `Requests that name no client id get ${text(defaultIdentity)} from now on. For ${listed(others)} the code must name the client id, as in WorkloadIdentityCredential({ clientId }); requests by resource id or object id do not exist with workload identity.`,
  },
  "client-id-mismatch": {
    title: "Client id and resource id are of different identities",
    explain: ({ resourceID, azureIdentity, azure, place }) =>
      `The AzureIdentity says client id ${text(azureIdentity)}, but Azure says ${text(azure)} for ${text(resourceID)}. NMI asked for tokens of the client id, which is ${place === undefined ? "nowhere that you can see" : text(place)}. Say that this is the one (identities: ${text(azureIdentity)}: resourceID${place === undefined ? "" : `: ${text(place)}`} in the config file), or correct spec.clientID if the workload should be the other one.`,
  },
  "identity-not-found": {
    title: "The managed identity does not exist",
    explain: ({ resourceID, clientID, unsearched }) =>
      `Azure has no managed identity ${text(resourceID)}${clientID === "" ? "" : `, and none that you can see has the client id ${text(clientID)}`}${unsearched.length === 0 ? "" : ` (not searched: ${unsearched[0] === "all" ? "your subscriptions, which cannot be listed" : listed(unsearched)})`}: it is gone, or where you cannot see it. Correct the AzureIdentity, or sign in to the tenant and subscription that it is in.`,
  },
  "credential-audience-differs": {
    title: "A federated credential with another audience",
    explain: ({ name, audiences, expected }) =>
      `Federated credential ${text(name)} has this issuer and subject, which may occur only once on an identity, but the audience ${listed(audiences)} instead of ${text(expected)}. Find out who uses it; then delete it, or plan with its audience.`,
  },
  "credential-name-taken": {
    title: "The credential's name is taken",
    explain: ({ name, subject }) =>
      `Federated credential ${text(name)} exists for another trust (subject ${text(subject)}), and writing it would replace that one. Find out who uses it, and create it anew under another name before you plan again.`,
  },
  "issuer-mismatch": {
    title: "Another issuer than the cluster's own",
    explain: ({ flag, cluster }) =>
      `The issuer given is ${text(flag)}, but the tokens of this cluster are issued by ${text(cluster)}, and both must be equal to the last character. Leave --issuer out.`,
  },
  "issuer-not-enabled": {
    title: "The cluster's issuer cannot be reached by Entra",
    explain: ({ issuer, resourceID }) =>
      `${issuer === undefined ? "This cluster has no issuer that Entra could reach" : `The tokens of this cluster name the issuer ${text(issuer)}, which Entra cannot reach`}. Enable the OIDC issuer first: \`${enablingCommand(resourceID)}\`. ${enablingWarning}`,
  },
  "issuer-not-usable": {
    title: "No federated credential can name the cluster's issuer",
    explain: ({ issuer, problem }) =>
      `The tokens of this cluster name the issuer "${text(issuer)}", which ${issuerProblems[problem]}: Entra would take no token of it. Have the API server name an https address at which everybody can read its discovery document and keys (--service-account-issuer), then plan again.`,
  },
  "azure-not-checked": {
    title: "Azure was not checked",
    explain: ({ reason, application, filesAlone }) => {
      const what = application === undefined ? "the managed identity" : `the application ${text(application)}`;
      const todo = filesAlone
        ? "Plan with --context beside -f to have it looked at."
        : application === undefined
          ? "Plan again signed in with Microsoft.ManagedIdentity/userAssignedIdentities/read and .../federatedIdentityCredentials/read."
          : "Plan again signed in to its home tenant as somebody who may read its app registration: an owner of it, or with the Graph permission Application.Read.All.";
      return `Whether ${what} exists, and which federated credentials it has, is unknown: ${text(reason)}. ${todo}`;
    },
  },
  "issuer-unknown": {
    title: "The issuer is unknown",
    explain: () =>
      'Without the token issuer of the cluster no federated credential can be planned. Plan against the cluster, or give --issuer with exactly what "az aks show --query oidcIssuerProfile.issuerUrl" prints, trailing slash included.',
  },
};
