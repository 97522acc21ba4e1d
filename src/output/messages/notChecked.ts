import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What could not be read, and is not guessed. */
export const notChecked = {
  "azure-not-checked": {
    title: "Azure was not checked",
    explain: ({ reason }) =>
      `Whether the managed identity exists, and which federated credentials it has, is unknown: ${text(reason)}. Plan again signed in with Microsoft.ManagedIdentity/userAssignedIdentities/read and .../federatedIdentityCredentials/read.`,
  },
  "issuer-unknown": {
    title: "The issuer is unknown",
    explain: () =>
      'Without the token issuer of the cluster no federated credential can be planned. Plan against the cluster, or give --issuer with exactly what "az aks show --query oidcIssuerProfile.issuerUrl" prints, trailing slash included.',
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
  "service-account-not-checked": {
    title: "Not all users of the service account could be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects of the namespace cannot be listed, so who else runs as this service account, or what it carries, is unknown. Plan again with the right to list them.`,
  },
  "role-bindings-not-checked": {
    title: "The rights of the service account could not be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects cannot be listed, so rights that a new service account would lack are not seen. Plan again with the right to list them.`,
  },
  "webhook-not-checked": {
    title: "The workload identity webhook was not checked",
    explain: ({ reason }) =>
      `Whether the mutating webhook is installed is unknown: ${text(reason)}. Pods that start without it get no token: check with "kubectl get mutatingwebhookconfigurations azure-wi-webhook-mutating-webhook-configuration".`,
  },
} satisfies Partial<Messages>;
