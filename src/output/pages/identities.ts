import type { IdentitiesFindings } from "../../core/findings/identities.ts";
import type { Page } from "./page.ts";

const nmi = "Azure/aad-pod-identity v1.8.17, pkg/nmi/standard.go and managed.go, GetTokens";

export const identitiesPages: Record<keyof IdentitiesFindings, Page> = {
  "client-id-not-a-guid": {
    what: "spec.clientID of the AzureIdentity is not a GUID: a placeholder, a name, or a resource id in the wrong field.",
    why: "Client ids are GUIDs, and NMI asks for tokens by client id alone. What is written there now gets no token, and no federated credential can be found or made for it.",
    todo: "Correct spec.clientID: az identity show --ids RESOURCE-ID --query clientId -o tsv.",
    source: nmi,
  },
  "identity-moved": {
    what: "At the resource id of the AzureIdentity there is no managed identity, but its client id is found at another one: another name, resource group or subscription.",
    why: "NMI asks for tokens by client id, in standard mode as in managed mode; the resource id only told MIC, in standard mode, what to put on the nodes. Wherever pods got tokens, they were of the client id. In standard mode MIC cannot assign what is not there any more, so check that the pods still work today.",
    todo: "The federated credential goes to the identity that has the client id. Correct spec.resourceID, or confirm the place in the config file: identities: CLIENT-ID: resourceID.",
    source: nmi,
  },
  "identity-found-by-client-id": {
    what: "The AzureIdentity has no resource id, or one of another form; its client id was looked up in Azure.",
    why: "In managed mode nobody reads the resource id, so that it may be missing for years.",
    todo: "Nothing. Where several subscriptions are out of your sight, confirm the place in the config file: identities: CLIENT-ID: resourceID.",
    source: nmi,
  },
  "identity-in-other-tenant": {
    what: "The managed identity is in a subscription of another Microsoft Entra tenant than the cluster.",
    why: "The webhook tells pods to ask for tokens in the tenant that it was installed with, and an identity is known in its own alone: AADSTS700016.",
    todo: "The service account gets the annotation azure.workload.identity/tenant-id. Code that names a tenant itself (AZURE_TENANT_ID in the template) needs the same.",
    source: "https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html",
  },
  "subscription-not-checked": {
    what: "The resource id of the AzureIdentity is in a subscription that the signed-in principal cannot see, and the client id is in none that it can.",
    why: "Whether the identity exists and which credentials it has is unknown; nothing is written on a guess.",
    todo: "Ask for Reader in that subscription (or on the identity), or sign in to the tenant that it belongs to: --tenant.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
};
