import type { PodIdentityFindings } from "../../core/findings/podIdentity.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of pod identity's own objects, of how it and the webhook are installed, and of how they match. */
export const podIdentityMessages: Pick<Messages, keyof PodIdentityFindings> = {
  "binding-without-identity": {
    title: "A binding to an identity that does not exist",
    explain: ({ azureIdentity }) =>
      azureIdentity === ""
        ? "It names no AzureIdentity, so it gives nobody an identity. Fill in spec.azureIdentity, or delete the binding."
        : `No AzureIdentity ${text(azureIdentity)} is in the namespace of this AzureIdentityBinding, the only place where it is looked for, so the binding gives nobody an identity. Correct spec.azureIdentity, or delete the binding.`,
  },
  "identity-without-binding": {
    title: "An identity that nothing binds",
    explain: () =>
      "No AzureIdentityBinding of its namespace names this AzureIdentity, so no pod gets it. It can be deleted if nobody is about to use it.",
  },
  "label-without-binding": {
    title: "A label that matches no binding",
    explain: ({ label, among }) =>
      among === "cluster"
        ? `The pods carry the label aadpodidbinding with value "${text(label)}", but no AzureIdentityBinding that selects it leads to a usable AzureIdentity: they get no token from pod identity. Correct the label or the binding if they should, else take the label out of the template.`
        : `The pods carry the label aadpodidbinding with value "${text(label)}", and nothing in these files gives them an identity by it. Where the AzureIdentityBinding and the AzureIdentity are elsewhere, give their manifests to -f too, or ask the cluster: until then nothing is planned for these pods.`,
  },
  "resource-id-invalid": {
    title: "Not the resource id of a managed identity",
    explain: ({ resourceID, azureIdentity, key }) => {
      const named = azureIdentity === undefined ? "" : ` of AzureIdentity ${text(azureIdentity)}`;
      const [place, why] =
        key === undefined
          ? [`spec.resourceID${named}`, "standard mode ignores such an AzureIdentity, and "]
          : [`The identity of ${text(key)} in the config file`, ""];
      const found = resourceID === "" ? "empty" : `"${text(resourceID)}"`;
      return (
        `${place} is ${found}, not /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME; ` +
        `${why}no federated credential can be made for it. Set the id that "az identity show --query id" prints.`
      );
    },
  },
  "client-id-missing": {
    title: "An identity without a client id",
    explain: () =>
      'spec.clientID of the AzureIdentity is empty, so the node\'s default identity answers and who the workload is cannot be told. Set the client id that "az identity show --query clientId" prints.',
  },
  "identity-type-unsupported": {
    title: "An identity of a type that does not exist",
    explain: ({ type }) =>
      `spec.type is ${text(type)}; NMI knows 0 (managed identity), 1 and 2 (service principal with secret or certificate) and answers all others with an error, so nobody gets a token through this AzureIdentity. Correct the type.`,
  },
  "selector-never-matches": {
    title: "A binding that can match no pod",
    explain: ({ selector }) =>
      selector === ""
        ? "spec.selector is empty, and MIC passes over pods without a value for the label aadpodidbinding, so the binding gives nobody an identity. Set the selector, or delete the binding."
        : `The selector "${text(selector)}" can be no label's value (63 letters, digits, "-", "_" and "." at most, with a letter or digit at both ends), so the binding gives nobody an identity. Correct spec.selector, or delete the binding.`,
  },
  "namespaced-annotation-ignored": {
    title: "A restriction to the namespace that has no effect",
    explain: ({ key, value }) =>
      `The annotation ${text(key)}: ${text(value)} is not looked at. Only aadpodidentity.k8s.io/Behavior: namespaced counts, in just that case and on the AzureIdentity, so that pods of other namespaces can use this identity. Correct the annotation if that is not meant.`,
  },
  "legacy-field-ignored": {
    title: "A field in the spelling of old releases",
    explain: ({ field, expected }) =>
      `The object has ${text(field)}, which releases since 1.6.0 do not read: to them ${text(expected)} is empty. Write ${text(expected)}.`,
  },
  "namespace-wide-binding": {
    title: "A binding for all unlabelled pods",
    explain: ({ binding }) =>
      `AzureIdentityBinding ${text(binding)} has an empty selector, which in managed mode gives its identity to every pod of the namespace without the label aadpodidbinding, whether or not it needs one. Check that this workload uses it before it is moved.`,
  },
  "identity-name-collision": {
    title: "Two identities with one name",
    explain: ({ used, ignored, count }) =>
      `These pods are bound to the AzureIdentity ${listed(count > ignored.length ? [...ignored, `${count - ignored.length} more`] : ignored)} too, but MIC keeps one identity of a name for each pod and takes that of the first binding by namespace and name: they get ${text(used)}. Rename those that are needed.`,
  },
  "identities-differ": {
    title: "Which identity depends on where the pods run or who answers",
    explain: ({ among }) =>
      `What these pods get is not the same everywhere: ${among.map(text).join("; ")}. All of it is listed; find out what the workload uses, and say so in the config file: defaultIdentity.`,
  },
  excepted: {
    title: "Excepted from pod identity",
    explain: ({ by, exception }) =>
      `${
        by === "labels"
          ? `AzurePodIdentityException ${text(exception)}`
          : `A name that begins with "mic" in namespace ${text(exception)}, by which NMI takes them for MIC,`
      } lets these pods past NMI to the node's metadata endpoint, where they can ask for any identity of the node; bindings do not count. Find out which identity they ask for before NMI or that identity is removed from the nodes.`,
  },
  "host-network": {
    title: "Pods on the host network",
    explain: () =>
      "NMI does not see the traffic of pods with hostNetwork: they get their tokens from the node's metadata endpoint directly, for any identity of the node. Find out which identity they ask for before it is removed from the nodes.",
  },
  "assignment-differs": {
    title: "MIC has assigned something else",
    explain: ({ pod, pods, expected, assigned }) =>
      `${pods === 1 ? `Pod ${text(pod)}` : `${pods} pods, among them ${text(pod)},`} should have ${listed(expected)} by bindings and labels, but the AzureAssignedIdentity objects say ${listed(assigned)}. Look at MIC's log for this pod, and settle which of the two is right before the workload is moved.`,
  },
  "finished-pods-hold-identity": {
    title: "Finished pods that hold an identity",
    explain: ({ pods, identities }) =>
      `${pods === 1 ? "A finished pod is" : `${pods} finished pods are`} still there, and MIC keeps ${listed(identities)} on the nodes for finished pods too. Delete them, or set ttlSecondsAfterFinished, before the identity is to leave the nodes.`,
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
  "several-installations": {
    title: "Several installations of pod identity",
    explain: ({ installations }) =>
      `${listed(installations)} run side by side; on a node the NMI that wrote its iptables rules last answers. A workload is listed with what any of them gives it. Remove all but one before workloads are moved.`,
  },
  "mic-nmi-disagree": {
    title: "NMI and MIC are set up differently",
    explain: ({ namespaced, other }) =>
      `${text(namespaced)} keeps to the namespace of the pod (forceNamespaced), ${text(other)} does not. What either of them restricts is restricted, so bindings of other namespaces do not count. Set both alike.`,
  },
  "pod-identity-half-removed": {
    title: "Pod identity is half removed",
    explain: ({ left, object = "" }) => halfRemoved[left](text(object)),
  },
  "mic-without-replicas": {
    title: "MIC has no replicas",
    explain: ({ mic }) =>
      `Deployment ${text(mic)} is scaled to 0, so no identity is assigned or taken away: what AzureAssignedIdentity objects there are stay, and new pods in standard mode get no token. Scale it up again, or remove it.`,
  },
  "nmi-on-no-node": {
    title: "NMI runs on no node",
    explain: ({ nmi }) =>
      `DaemonSet ${text(nmi)} is to run on 0 nodes, so that its pods' requests go to the nodes' own metadata endpoint, where any pod can ask for any identity of the node. Check its node selector, or remove it.`,
  },
  "nmi-does-not-start": {
    title: "NMI ends as soon as it starts",
    explain: ({ nmi, reason, mode }) =>
      reason === "mode"
        ? `DaemonSet ${text(nmi)} is started with --operation-mode=${text(mode)}, and NMI knows standard and managed only. It is taken for standard mode here. Correct the flag.`
        : `DaemonSet ${text(nmi)} is in managed mode without --forceNamespaced, with which alone NMI starts in that mode. Add the flag.`,
  },
  "namespaced-not-readable": {
    title: "Whether pod identity keeps to namespaces is not seen",
    explain: ({ object }) =>
      `${text(object)} takes FORCENAMESPACED from somewhere else (valueFrom or envFrom), which is not read. Bindings are matched across namespaces, so that none is overlooked; a workload may be listed with an identity that it does not get.`,
  },
  "pod-identity-version-old": {
    title: "A release of pod identity from before 1.6.0",
    explain: ({ object, version }) =>
      `${text(object)} is version ${text(version)}. Until 1.6.0 fields counted in any case, and are read so here; until 1.5.3 a binding found identities in every namespace, while here workloads are matched as 1.8.1 and later do. Check the identities of each workload, or upgrade to 1.8.17 first.`,
  },
  "several-webhooks": {
    title: "Several webhooks of workload identity",
    explain: ({ deployments }) =>
      `Deployments ${listed(deployments)} are all webhooks of workload identity; what is said of the webhook is of the first. Each of them changes labelled pods. Remove all but one.`,
  },
  "webhook-not-ready": {
    title: "No webhook of workload identity is ready",
    explain: ({ failurePolicy }) =>
      failurePolicy === "Fail"
        ? "Its Deployment has no ready replica, and its configuration says failurePolicy Fail: pods with the label azure.workload.identity/use cannot be created until one is. No workload is switched before."
        : "Its Deployment has no ready replica, and its configuration says failurePolicy Ignore: pods with the label azure.workload.identity/use are created without token and variables until one is. No workload is switched before.",
  },
  "webhook-selects-by-account": {
    title: "A webhook from before 1.0",
    explain: ({ version }) =>
      `Version ${text(version)} of the webhook picks pods by the label of their service account, not by their own, so that the label that this tool puts on pods has no effect, and what is written to an account may switch its pods when they restart. Nothing is changed before: upgrade it to 1.0 or later.`,
  },
  "webhook-audience-differs": {
    title: "Tokens for another audience",
    explain: ({ webhook, audience }) =>
      `The webhook projects tokens for the audience ${text(webhook)}, and credentials are planned for ${text(audience)}: Entra would refuse the tokens. Give --audience the webhook's, or change the webhook's --audience; before that no credential is written either.`,
  },
  "webhook-cloud-differs": {
    title: "A webhook of another cloud",
    explain: ({ environment, authorityHost }) =>
      `The webhook has AZURE_ENVIRONMENT ${text(environment)} and sends pods there for their tokens, and the identities are in the cloud of ${text(authorityHost)}. Set AZURE_ENVIRONMENT in its ConfigMap (azureEnvironment of its chart) and restart it, or name the right --cloud; no workload is switched before.`,
  },
  "webhook-settings-not-readable": {
    title: "The settings of the webhook cannot be read",
    explain: ({ configMap, reason, hint }) =>
      `The webhook has its tenant and its cloud from ConfigMap ${text(configMap)}, which cannot be read (${text(reason)}). So service accounts name the tenant of their identity where Azure tells it; that the webhook is set to the right cloud is not checked. ` +
      (hint === undefined ? "Needed: verb get on this ConfigMap." : text(hint)),
  },
};

/** By what is left. */
const halfRemoved = {
  nmi: (nmi: string) =>
    `NMI (DaemonSet ${nmi}) runs in standard mode without MIC: pods that have an AzureAssignedIdentity keep their identity, new ones get none. Put MIC back, or remove NMI once nothing uses it.`,
  mic: (mic: string) =>
    `MIC (Deployment ${mic}) runs without NMI in standard mode: it puts identities on the nodes, and any pod can ask the nodes' metadata endpoint for them. Put NMI back, or remove MIC once nothing needs the identities.`,
  crds: () =>
    "The kinds of AAD Pod Identity are there, but neither NMI nor MIC: nobody acts on bindings, and pods reach the nodes' metadata endpoint directly. Delete the kinds when nothing in them is needed any more.",
  programs: (programs: string) =>
    `${programs} runs without the kinds of AAD Pod Identity, which NMI and MIC need to work: nobody gets a token through it. Remove it, or put the CustomResourceDefinitions back.`,
};
