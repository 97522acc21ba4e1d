import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** Why a usage cannot be migrated as it stands. */
export const mappingBlocks = {
  "several-identities": {
    title: "Several identities for one workload",
    explain: ({ candidates }) =>
      `Pod identity gives these pods ${listed(candidates)}, and picks one at random where the application names none; which one it means cannot be guessed. Leave only the right one bound to their label; if they need several, the application must name a client id in each request, with a federated credential for each identity.`,
  },
  "service-principal-identity": {
    title: "A service principal, not a managed identity",
    explain: ({ azureIdentity }) =>
      `AzureIdentity ${text(azureIdentity)} is of type 1 or 2: its federated credential belongs on the app registration in Microsoft Entra, which this tool does not write. Create it there, or move the workload to a managed identity with the same rights.`,
  },
  "object-owned": {
    title: "Another tool writes this object",
    explain: ({ tool, evidence }) =>
      `It belongs to ${text(tool)} (${text(evidence)}), which would revert a change made in the cluster. Make the change in its source instead: plan -f with its rendered manifests shows it.`,
  },
  "role-bindings-not-carried-over": {
    title: "Rights of the old service account would be lost",
    explain: ({ serviceAccount, bindings }) =>
      `${listed(bindings)} ${bindings.length === 1 ? "grants" : "grant"} rights to service account ${text(serviceAccount)}, which a dedicated account would not have, and the tool does not carry them over. Give the workload a service account of its own with the same rights, and plan again.`,
  },
  "image-pull-secrets-not-carried-over": {
    title: "Image pull secrets would be lost",
    explain: ({ serviceAccount, secrets }) =>
      `Service account ${text(serviceAccount)} has the imagePullSecrets ${listed(secrets)}, which a dedicated account would not have, and the tool does not carry them over. Give the workload a service account of its own with the same imagePullSecrets, and plan again.`,
  },
  "automount-not-carried-over": {
    title: "The automount setting would be lost",
    explain: ({ serviceAccount, value }) =>
      `Service account ${text(serviceAccount)} has automountServiceAccountToken: ${value}, which a dedicated account would not have, and the tool does not carry it over. Set the field in the pod template or on a service account of the workload's own, name that account there, and plan again.`,
  },
  "client-id-mismatch": {
    title: "Client id and resource id are of different identities",
    explain: ({ resourceID, azureIdentity, azure }) =>
      `The AzureIdentity says client id ${text(azureIdentity)}, but Azure says ${text(azure)} for ${text(resourceID)}. Tokens are issued for the client id, so correct spec.resourceID to the identity that has it, or spec.clientID if the workload should be the other one.`,
  },
  "identity-not-found": {
    title: "The managed identity does not exist",
    explain: ({ resourceID }) =>
      `Azure has no managed identity ${text(resourceID)}, or you may not see it. Correct spec.resourceID of the AzureIdentity, or sign in to the tenant and subscription that it is in.`,
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
  "webhook-not-installed": {
    title: "The workload identity webhook is not installed",
    explain: () =>
      "Without the mutating webhook pods get neither token nor variables. Install it with: az aks update --enable-oidc-issuer --enable-workload-identity (clusters outside of AKS: the chart workload-identity-webhook).",
  },
  "issuer-mismatch": {
    title: "Another issuer than the cluster's own",
    explain: ({ flag, cluster }) =>
      `The issuer given is ${text(flag)}, but the tokens of this cluster are issued by ${text(cluster)}, and both must be equal to the last character. Leave --issuer out.`,
  },
  "issuer-not-enabled": {
    title: "The cluster's issuer cannot be reached by Entra",
    explain: ({ issuer }) =>
      `The tokens of this cluster name the issuer ${text(issuer)}, which does not exist outside of it. Enable the OIDC issuer first: az aks update --enable-oidc-issuer; it cannot be disabled again.`,
  },
  "proxy-on-host-network": {
    title: "No proxy sidecar on the host network",
    explain: () =>
      "The webhook denies pods that have both hostNetwork and the proxy sidecar. Move the application to an Azure SDK that knows workload identity, and plan it with --client-path sdk.",
  },
  "proxy-on-windows": {
    title: "No proxy sidecar on Windows",
    explain: () =>
      "The proxy sidecar exists for Linux only. Move the application to an Azure SDK that knows workload identity, and plan it with --client-path sdk.",
  },
  "client-id-in-template": {
    title: "The template names another client id",
    explain: ({ clientID, expected }) =>
      `A container of the template sets AZURE_CLIENT_ID to ${text(clientID)}, which the webhook leaves alone, while pod identity gives the pods ${text(expected)}. Take the variable out of the template, or set it to the identity that is meant.`,
  },
  "rollout-paused": {
    title: "The rollout is paused",
    explain: () =>
      "spec.paused is true, so a changed template would not reach any pod. Resume it first: kubectl rollout resume.",
  },
} satisfies Partial<Messages>;
