import type { IdentityBindingsFindings } from "../../core/findings/identityBindings.ts";
import type { Page } from "./page.ts";

const learn = "https://learn.microsoft.com/azure/aks/identity-bindings";
const concepts = "https://learn.microsoft.com/azure/aks/identity-bindings-concepts";

export const identityBindingsPages: Record<keyof IdentityBindingsFindings, Page> = {
  "identity-binding-adopted": {
    what: "The cluster has an identity binding for this identity already, under whatever name. The plan uses it and writes none.",
    why: "A binding maps one identity to one cluster; which service accounts may use it is said in the cluster.",
    todo: "Nothing. Whoever made the binding must not delete it while workloads use it.",
    source: concepts,
  },
  "identity-binding-without-cluster": {
    what: "An identity binding is decided, and the cluster was not found in Azure as an AKS cluster.",
    why: "A binding is a resource below the AKS cluster, and its tokens go through a proxy that AKS runs beside the API server. Other clusters have neither.",
    todo: "Name the cluster with --cluster-resource-id, or decide trust: federatedCredential for the workloads of this cluster.",
    source: concepts,
  },
  "identity-binding-vnet-integration": {
    what: "The cluster has API server VNet integration.",
    why: "AKS does not offer identity bindings on such clusters.",
    todo: "Decide trust: federatedCredential for the workloads of this cluster. Where 20 are not enough, fewer service accounts or a second identity are left.",
    source: concepts,
  },
  "identity-binding-not-in-webhook": {
    what: "The webhook of workload identity runs without the two flags of identity bindings (--custom-token-endpoint-annotation-suffix and --custom-token-endpoint-audience).",
    why: "Without them it ignores the annotation on pods without a word: they would get a token for Entra itself, which trusts the identity's binding alone.",
    todo: "On AKS: az feature register --namespace Microsoft.ContainerService --name IdentityBindingPreview, then az provider register --namespace Microsoft.ContainerService; the webhook follows with the next update of the cluster. Else decide trust: federatedCredential.",
    source: "Azure/azure-workload-identity v1.6.0, pkg/webhook/webhook.go, NewPodMutator",
  },
  "identity-binding-proxy": {
    what: "Client path proxy and an identity binding are decided together, and the webhook's proxy image is not the one of the AKS preview.",
    why: "The proxy of v1.6.0 is built with azidentity 1.13.0, whose notes say that support of identity bindings was taken out. That it fails is inferred from that, not seen.",
    todo: "Decide clientPath: sdk where the application can exchange tokens itself, or trust: federatedCredential.",
    source: "Azure/azure-workload-identity v1.6.0, go.mod; azure-sdk-for-go, sdk/azidentity/CHANGELOG.md",
  },
  "identity-binding-program": {
    what: "The workload runs a program that is known, and that has no switch for identity bindings.",
    why: "Identity bindings work with WorkloadIdentityCredential and an option that code must set. These programs sign in by DefaultAzureCredential or in their own way.",
    todo: "Decide trust: federatedCredential for the workload in the config file: it takes one credential on the identity.",
    source: learn,
  },
  "identity-binding-sdk-option": {
    what: "The application itself must tell its SDK to use the cluster's token proxy.",
    why: "The pods' token is for the proxy beside the API server. An SDK that shows it to Entra is refused: no credential names the cluster as issuer, and none this audience.",
    todo: "Use WorkloadIdentityCredential with the option named for the language, deploy that first (it does no harm without a binding), then switch. Go: stable 1.14.0 has it not, 1.14.0-beta.3 and 1.15.0-beta.1 do. .NET: Azure.Identity 1.18.0-beta.3 alone, or Azure.Core 1.55.0 and later.",
    source: learn,
  },
  "identity-binding-consumer": {
    what: "Pods of this workload get tokens through another controller too.",
    why: "A CSI driver or an operator requests tokens of the pods' account for the audience of federated credentials. With a binding alone there is none that would trust them.",
    todo: 'Decide trust: federatedCredential for the workload. A SecretProviderClass of the Azure provider 1.8.1 or later can use the binding: useAzureTokenProxy: "true" beside clientID; then say covered.',
    source: "Azure/secrets-store-csi-driver-provider-azure, pkg/provider/provider.go",
  },
  "identity-binding-backends-differ": {
    what: "The workload has several identities, for which different ways of trust are decided.",
    why: "The webhook projects one token into a pod, with one audience: that of identity bindings, or that of federated credentials.",
    todo: "Decide trust for the workload in the config file; it holds for all of its identities. Mixing them takes a second projected volume and code that reads it.",
    source: "https://learn.microsoft.com/azure/aks/workload-identity-overview",
  },
  "identity-binding-name-taken": {
    what: "A binding of the name that the plan would use is for another identity.",
    why: "Writing a binding is a PUT: it would give the other's workloads this identity.",
    todo: "Create the wanted binding under another name (az aks identity-binding create), and plan again.",
    source: learn,
  },
  "identity-binding-role-differs": {
    what: "A ClusterRole or ClusterRoleBinding has the name that this tool uses, with other content.",
    why: "It is not overwritten: others may rely on it.",
    todo: "Compare it with what the plan would create, then correct or delete it.",
    source: "azwi-migrate: what exists is never replaced",
  },
  "identity-binding-not-checked": {
    what: "The cluster's identity bindings, or the roles that let accounts use them, could not be read.",
    why: "Whether a binding exists decides what is written; a plan that rests on it is not carried out.",
    todo: "Sign in with Reader on the AKS cluster, with get and list on ClusterRoles and ClusterRoleBindings in it, and plan again.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
};
