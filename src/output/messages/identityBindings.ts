import type { IdentityBindingsFindings } from "../../core/findings/identityBindings.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

const orCredential = "or decide trust: federatedCredential for the workload in the config file";

export const identityBindingsMessages: Pick<Messages, keyof IdentityBindingsFindings> = {
  "identity-binding-adopted": {
    title: "An existing identity binding is used",
    explain: ({ name, principal }) =>
      `Identity binding ${text(name)} of this cluster is for ${text(principal)} already. It is used as it is.`,
  },
  "identity-binding-without-cluster": {
    title: "Identity bindings need an AKS cluster",
    explain: () =>
      `An identity binding belongs to an AKS cluster in Azure, and this cluster was not found there. Name it with --cluster-resource-id, ${orCredential}.`,
  },
  "identity-binding-vnet-integration": {
    title: "No identity bindings with API server VNet integration",
    explain: ({ cluster }) =>
      `The API server of ${text(cluster)} is in the cluster's own network (VNet integration), where AKS has no identity bindings. Use federated credentials here: trust: federatedCredential.`,
  },
  "identity-binding-not-in-webhook": {
    title: "The webhook knows no identity bindings",
    explain: ({ version }) =>
      `The webhook of this cluster${version === undefined ? "" : ` (version ${text(version)})`} is not set up for identity bindings: it would ignore the annotation, and the pods would get a token that no binding takes. AKS sets it up when the preview is registered; ${orCredential}.`,
  },
  "identity-binding-proxy": {
    title: "The proxy cannot use an identity binding",
    explain: ({ version }) =>
      `The proxy sidecar of webhook ${version === undefined ? "of unknown version" : text(version)} is built without identity bindings: its token requests would be refused (AADSTS700211). Take the path of the SDK (clientPath: sdk) where the application can, ${orCredential}.`,
  },
  "identity-binding-program": {
    title: "A program that cannot use an identity binding",
    explain: ({ programs }) =>
      `${listed(programs)} signs in without the option that identity bindings need, so that Entra would refuse its token (AADSTS700211). Give it a credential of its own: trust: federatedCredential for the workload in the config file.`,
  },
  "identity-binding-sdk-option": {
    title: "The application must opt in to identity bindings",
    explain: ({ options }) =>
      `Nobody can see from here whether the application's code opts in: only WorkloadIdentityCredential can, not DefaultAzureCredential. What each library needs: ${options.map(text).join("; ")}. Without it token requests fail with AADSTS700211 or 700212 once the pods restart.`,
  },
  "identity-binding-consumer": {
    title: "A consumer that cannot use an identity binding",
    explain: ({ consumer, object }) =>
      `${text(object)} (${text(consumer)}) asks for tokens of these pods' account in its own way, which needs a federated credential. Decide trust: federatedCredential for the workload, or say in the config file that it has been seen to (covered: ${text(object)}); of a SecretProviderClass, useAzureTokenProxy: "true" does it.`,
  },
  "identity-binding-backends-differ": {
    title: "One pod, two ways of trust",
    explain: ({ bindings, credentials }) =>
      `An identity binding is decided for ${listed(bindings)}, a federated credential for ${listed(credentials)}. A pod's token has one audience, so that it can be for one of the two ways alone. Decide trust for the workload in the config file.`,
  },
  "identity-binding-name-taken": {
    title: "The identity binding's name is taken",
    explain: ({ name, principal }) =>
      `Identity binding ${text(name)} of this cluster is for ${text(principal)}, and writing it would replace that one. Create the binding that is wanted under another name; the next plan adopts it.`,
  },
  "identity-binding-role-differs": {
    title: "The name of a role for identity bindings is taken",
    explain: ({ object }) =>
      `${text(object)} is there with other rights, or for others, than this tool gives under that name. Find out who uses it, and rename or correct it.`,
  },
  "identity-binding-not-checked": {
    title: "Identity bindings were not checked",
    explain: ({ reason }) =>
      `Which identity bindings the cluster has, or who may use them, is unknown: ${text(reason)}. Plan again with Microsoft.ContainerService/managedClusters/identityBindings/read, and get and list on ClusterRoles and ClusterRoleBindings.`,
  },
};
