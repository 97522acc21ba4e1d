import type { PodIdentityFindings } from "../../core/findings/podIdentity.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of pod identity's own objects and of how they match. */
export const podIdentityMessages: Pick<Messages, keyof PodIdentityFindings> = {
  "binding-without-identity": {
    title: "A binding to an identity that does not exist",
    explain: ({ azureIdentity }) =>
      `No AzureIdentity ${text(azureIdentity)} is in the namespace of this AzureIdentityBinding, the only place where it is looked for, so the binding gives nobody an identity. Correct spec.azureIdentity, or delete the binding.`,
  },
  "identity-without-binding": {
    title: "An identity that nothing binds",
    explain: () =>
      "No AzureIdentityBinding of its namespace names this AzureIdentity, so no pod gets it. It can be deleted if nobody is about to use it.",
  },
  "label-without-binding": {
    title: "A label that matches no binding",
    explain: ({ label }) =>
      `The pods carry the label aadpodidbinding with value "${text(label)}", but no AzureIdentityBinding that selects it leads to a usable AzureIdentity: they get no token from pod identity. Correct the label or the binding if they should, else take the label out of the template.`,
  },
  "resource-id-invalid": {
    title: "Not the resource id of a managed identity",
    explain: ({ resourceID }) =>
      `spec.resourceID is ${resourceID === "" ? "empty" : `"${text(resourceID)}"`}, not /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME; standard mode ignores such an AzureIdentity, and no federated credential can be made for it. ` +
      'Set the id that "az identity show --query id" prints.',
  },
  "client-id-missing": {
    title: "An identity without a client id",
    explain: () =>
      'spec.clientID of the AzureIdentity is empty, so the node\'s default identity answers and who the workload is cannot be told. Set the client id that "az identity show --query clientId" prints.',
  },
  "namespace-wide-binding": {
    title: "A binding for all unlabelled pods",
    explain: ({ binding }) =>
      `AzureIdentityBinding ${text(binding)} has an empty selector, which in managed mode gives its identity to every pod of the namespace without the label aadpodidbinding, whether or not it needs one. Check that this workload uses it before it is moved.`,
  },
  excepted: {
    title: "Excepted from pod identity",
    explain: ({ exception }) =>
      `${text(exception)} lets these pods past NMI to the node's metadata endpoint, where they can ask for any identity of the node; bindings do not count. Find out which identity they ask for before NMI or that identity is removed from the nodes.`,
  },
  "host-network": {
    title: "Pods on the host network",
    explain: () =>
      "NMI does not see the traffic of pods with hostNetwork: they get their tokens from the node's metadata endpoint directly, for any identity of the node. Find out which identity they ask for before it is removed from the nodes.",
  },
  "mode-unknown": {
    title: "The mode of pod identity is unknown",
    explain: ({ reason }) =>
      `How AAD Pod Identity is installed cannot be seen (${text(reason)}), and so not which bindings reach this workload. Give --pod-identity-mode, or plan again with the right to list DaemonSets and Deployments in all namespaces.`,
  },
  "bindings-not-checked": {
    title: "Not all bindings could be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects cannot be listed as far as the installed mode reaches, so this workload may have identities that are not seen. Plan again with the right to list them.`,
  },
};
