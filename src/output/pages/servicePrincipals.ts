import type { ServicePrincipalsFindings } from "../../core/findings/servicePrincipals.ts";
import type { Page } from "./page.ts";

const graph = "https://learn.microsoft.com/graph/api/resources/federatedidentitycredentials-overview";
const nmi = "Azure/aad-pod-identity v1.8.17, pkg/nmi and pkg/auth";

export const servicePrincipalsPages: Record<keyof ServicePrincipalsFindings, Page> = {
  "application-not-found": {
    what: "Microsoft Graph has no app registration with the AzureIdentity's client id in the tenant that you are signed in to, nor a service principal of it.",
    why: "The federated credential of an application is put on its app registration. Pods that still get tokens do so in a tenant that you did not ask.",
    todo: "Check spec.clientID and spec.tenantID of the AzureIdentity. Sign in to the application's home tenant (az login --tenant, --tenant) and plan again.",
    source: graph,
  },
  "application-of-other-tenant": {
    what: "The tenant that you are signed in to has a service principal of the application, but the application itself lives in another tenant.",
    why: "A federated credential is a part of the app registration in the home tenant; a service principal cannot be given one. Whoever owns that tenant decides about it.",
    todo: "Where the home tenant is yours, sign in to it and plan these workloads alone (-n or -l). Else give the workloads a managed identity or an application of your own with the same rights.",
    source: "https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals",
  },
  "application-id-invalid": {
    what: "spec.clientID of an AzureIdentity of type 1 or 2 is empty, or not the GUID of an application.",
    why: "Which application the workload is cannot be told, so that no federated credential can be planned. NMI signs in with what stands there, and fails.",
    todo: "Set the application (client) id of the app registration; in manifests, plan from what kustomize or Helm renders.",
    source: `${nmi}, GetServicePrincipalToken`,
  },
  "tenant-id-invalid": {
    what: "An AzureIdentity of type 1 or 2 has no tenantID, or one that can be none.",
    why: "Tokens of an application are given out by one tenant. The webhook's own need not be it, and it hands an account's annotation to the pods as it is.",
    todo: "Set spec.tenantID to the tenant's GUID (az account show --query tenantId) or its domain.",
    source: `${nmi}, GetServicePrincipalToken`,
  },
  "tenant-named-by-account": {
    what: "The service account gets the annotation azure.workload.identity/tenant-id.",
    why: "The webhook gives all pods the tenant of its own configuration unless their account names another. Pod identity took that of an application from the AzureIdentity, and a managed identity has but one.",
    todo: "Nothing. Workloads whose identities are in different tenants get different accounts.",
    source: "Azure/azure-workload-identity, pkg/webhook/webhook.go, getTenantID",
  },
  "auxiliary-tenants": {
    what: "An AzureIdentity of type 1 has auxiliaryTenantIDs.",
    why: "Pod identity answers such a request with an array: a token of its own tenant and of each auxiliary one. Nothing of workload identity does: a request to Microsoft Entra has one tenant, and the proxy knows only the account's. Code that reads the array gets an object, or no token for the other tenants.",
    todo: "Let the code ask for each tenant by itself: new WorkloadIdentityCredential({ tenantId }), azidentity.WorkloadIdentityCredentialOptions{TenantID: ...}; the one federated credential serves them all. Then say so in the config file: workloads: NAMESPACE/KIND/NAME: covered: [AzureIdentity NAMESPACE/NAME]. Where no code reads the array, take auxiliaryTenantIDs out of the AzureIdentity.",
    source: `${nmi}, GetServicePrincipalToken with auxiliary tenants (since v1.7.0)`,
  },
  "authority-of-other-cloud": {
    what: "spec.adEndpoint of the AzureIdentity is an authority of another cloud than the one that was asked.",
    why: "The webhook gives the authority of its own cloud to all pods, and an application exists in one cloud only: a credential in another one is never looked at.",
    todo: "Choose the cloud with --cloud. Where the cluster is in another cloud than the application, the workload cannot be moved as it is: give it an identity of the cluster's cloud.",
    source: `${nmi}, GetServicePrincipalToken`,
  },
  "resource-of-other-cloud": {
    what: "spec.adResourceID of an AzureIdentity names a resource of another cloud than its authority.",
    why: "Nothing reads the field, so that nothing depends on it; it may tell that the object was copied from another cloud.",
    todo: "Nothing, if the workload works today.",
    source: "Azure/aad-pod-identity v1.8.17, git grep -i adResourceID",
  },
  "client-secret-removable": {
    what: "The Secret that spec.clientPassword names, and the client secret or certificate on the app registration, are needed only until the application has moved to federated credentials.",
    why: "A secret that nobody needs is a risk that nobody watches. Its value is not read by this tool.",
    todo: "After cleanup make sure that nothing else signs in with it (the application's sign-in logs in Microsoft Entra show which credential was used), then kubectl delete secret, and az ad app credential delete --id CLIENT-ID --key-id KEY-ID (with --cert for a certificate).",
    source: "https://learn.microsoft.com/cli/azure/ad/app/credential",
  },
};
