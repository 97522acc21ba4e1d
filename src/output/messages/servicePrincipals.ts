import type { ServicePrincipalsFindings } from "../../core/findings/servicePrincipals.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of AzureIdentities of type 1 and 2. */
export const servicePrincipalsMessages: Pick<Messages, keyof ServicePrincipalsFindings> = {
  "application-not-found": {
    title: "The application does not exist",
    explain: ({ clientID, tenantID }) =>
      `The tenant that you are signed in to has no app registration with client id ${text(clientID)}${tenantID === undefined ? "" : `; the AzureIdentity names the tenant ${text(tenantID)}`}. Correct spec.clientID of the AzureIdentity, or sign in to the application's home tenant (--tenant).`,
  },
  "application-of-other-tenant": {
    title: "The application belongs to another tenant",
    explain: ({ clientID, homeTenant }) =>
      `The application ${text(clientID)} is only a guest in the tenant that you are signed in to: its app registration, which a federated credential has to be put on, is in the tenant ${text(homeTenant)}. Where that is yours too, sign in there (--tenant) and plan these workloads alone; else move them to a managed identity or an application of your own.`,
  },
  "application-id-invalid": {
    title: "No client id of an application",
    explain: ({ azureIdentity, clientID }) =>
      `AzureIdentity ${text(azureIdentity)} is of type 1 or 2, and its spec.clientID is ${clientID === "" ? "empty" : text(clientID)}: pod identity cannot sign in with that. Set the application (client) id, a GUID, that "az ad app list --display-name NAME --query '[].appId'" prints.`,
  },
  "tenant-id-invalid": {
    title: "No tenant that tokens could be had from",
    explain: ({ azureIdentity, tenantID }) =>
      tenantID === ""
        ? `AzureIdentity ${text(azureIdentity)} is of type 1 or 2 but has no spec.tenantID, so that neither pod identity nor workload identity knows whom to ask for tokens. Set it to the tenant of the application.`
        : `AzureIdentity ${text(azureIdentity)} says tenantID ${text(tenantID)}, which is neither the GUID of a tenant nor a domain. Correct it: the service account has to name it.`,
  },
  "tenant-named-by-account": {
    title: "The service account names the tenant",
    explain: ({ tenantID }) =>
      `The pods are to get their tokens from the tenant ${text(tenantID)}, which need not be the webhook's own: the service account gets the annotation azure.workload.identity/tenant-id.`,
  },
  "auxiliary-tenants": {
    title: "Tokens of several tenants in one answer",
    explain: ({ object, tenants, clientPath, key }) =>
      `${text(object)} has auxiliaryTenantIDs (${listed(tenants)}): pod identity answers one request with a token for each of these tenants beside its own. With workload identity a request has one tenant, so the code must ask for each by itself, as in WorkloadIdentityCredential({ tenantId }). ${
        clientPath === "proxy"
          ? "The proxy knows one tenant only: take the path of the SDK."
          : `Once it does, say so in the config file (workloads: ${text(key)}: covered: [${text(object)}]).`
      }`,
  },
  "authority-of-other-cloud": {
    title: "Tokens of another cloud",
    explain: ({ azureIdentity, adEndpoint, authorityHost }) =>
      `AzureIdentity ${text(azureIdentity)} gets its tokens from ${text(adEndpoint)}, but this cloud gives them out at ${text(authorityHost)}, where the webhook sends all pods. Choose the cloud of the application (--cloud), or correct spec.adEndpoint.`,
  },
  "resource-of-other-cloud": {
    title: "An unused field names another cloud",
    explain: ({ adResourceID, authority }) =>
      `spec.adResourceID is ${text(adResourceID)}, while the tokens come from ${text(authority)}. Pod identity never reads that field: which resource a token is for, each request says itself.`,
  },
  "client-secret-removable": {
    title: "A credential that is not needed in the end",
    explain: ({ secret, clientID, what }) =>
      `With workload identity the application ${text(clientID)} needs no ${what}. After cleanup, when nobody else uses them, delete the Secret ${text(secret)} and the ${what === "secret" ? "client secret" : "certificate"} on the app registration.`,
  },
};
