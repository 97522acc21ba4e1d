import type { PodIdentityFindings } from "../../core/findings/podIdentity.ts";
import type { Page } from "./page.ts";

const repository = "Azure/aad-pod-identity v1.8.17,";
const matching = `${repository} pkg/mic/mic.go:createDesiredAssignedIdentityList`;
const managedMatching = `${repository} pkg/crd/crd.go:GetPodIDsWithBinding`;
const nmiFlags = `${repository} cmd/nmi/main.go`;
const micFlags = `${repository} cmd/mic/main.go`;
const webhookManifest = "Azure/azure-workload-identity v1.6.0, deploy/azure-wi-webhook.yaml";
const webhookConfig = "Azure/azure-workload-identity v1.6.0, pkg/config/config.go";
const ownRule = "azwi-migrate: what could not be read is never guessed";

export const podIdentityPages: Record<keyof PodIdentityFindings, Page> = {
  "binding-without-identity": {
    what: "An AzureIdentityBinding names an AzureIdentity that is not in the binding's own namespace.",
    why: "Since 1.5.3 it is looked for nowhere else, so the binding gives nobody an identity. Pods that match it wait 80 seconds for a token in standard mode and get none.",
    todo: "Correct spec.azureIdentity, put the AzureIdentity into the binding's namespace, or delete the binding.",
    source: matching,
  },
  "identity-without-binding": {
    what: "No AzureIdentityBinding of its namespace names this AzureIdentity.",
    why: "Without a binding no pod gets it. It does no harm, and it needs no migration.",
    todo: "Delete it if nobody is about to use it.",
    source: matching,
  },
  "label-without-binding": {
    what: "Pods carry the label aadpodidbinding, but no binding with that selector leads to a usable AzureIdentity.",
    why: "In a cluster such pods get no token from pod identity, so there is nothing to move. Files alone prove nothing of the kind: the binding may be in another repository. Case and blanks count: labels and selectors are compared as they are.",
    todo: "With files, read the bindings' manifests too, or the cluster. Else correct the label or the selector if the workload should have an identity, or take the label out of the template.",
    source: matching,
  },
  "resource-id-invalid": {
    what: "spec.resourceID of an AzureIdentity of type 0 is not the resource id of a user-assigned managed identity.",
    why: "MIC ignores such an AzureIdentity in standard mode. In managed mode it works, since NMI goes by the client id alone, but which identity a federated credential would belong to is not known.",
    todo: 'Set the id that "az identity show --query id" prints, with its leading slash.',
    source: `${repository} pkg/utils/utils.go:ValidateResourceID`,
  },
  "client-id-missing": {
    what: "spec.clientID of an AzureIdentity of type 0 is empty.",
    why: "NMI then asks the node without a client id, and the node answers with its default identity. Who the workload is cannot be told from the cluster.",
    todo: 'Set the client id that "az identity show --query clientId" prints, after checking which identity the workload uses today.',
    source: `${repository} pkg/nmi/standard.go:GetTokens`,
  },
  "identity-type-unsupported": {
    what: "spec.type of an AzureIdentity is not 0, 1 or 2.",
    why: "MIC assigns it, but NMI answers every request for it with an error.",
    todo: "Set 0 for a user-assigned managed identity, 1 for a service principal with a secret, 2 for one with a certificate.",
    source: `${repository} pkg/nmi/standard.go:GetTokens`,
  },
  "selector-never-matches": {
    what: "The selector of a binding can never be the value of a pod's label.",
    why: "Selectors are compared with the label's value as they are, and the API server accepts only certain values. An empty selector matches nothing in standard mode; in managed mode it means every pod without the label.",
    todo: "Correct spec.selector, or delete the binding.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
  },
  "namespaced-annotation-ignored": {
    what: "Somebody meant to restrict an identity to its namespace, in a way that is not looked at.",
    why: "Only the annotation aadpodidentity.k8s.io/Behavior with the value namespaced counts, in exact case and on the AzureIdentity itself. In standard mode pods of every other namespace can use this one.",
    todo: "Correct key and value, or move the annotation from the binding to the AzureIdentity.",
    source: `${repository} pkg/apis/aadpodidentity/utils.go:IsNamespacedIdentity`,
  },
  "legacy-field-ignored": {
    what: "A live object has a field in the capitals that releases up to 1.5.5 and old documentation used.",
    why: "Since 1.6.0 only the camelCase spelling is read, so that the field is empty for MIC, NMI and this tool.",
    todo: "Write the field as it is named in the finding.",
    source: `${repository} pkg/crd/crd.go:UpgradeAll`,
  },
  "namespace-wide-binding": {
    what: "A binding without selector gives its identity to every pod of the namespace that has no label aadpodidbinding.",
    why: "In managed mode the missing label equals the empty selector. Whether these workloads use the identity cannot be told from the cluster.",
    todo: "Set a selector and label the workloads that use the identity, or exclude the others from the migration.",
    source: managedMatching,
  },
  "identity-name-collision": {
    what: "Pods are bound to two AzureIdentities of different namespaces that have the same name.",
    why: "MIC names its assignments POD-NAMESPACE-IDENTITY, where there is room for one of them. Since 1.8.1 the first binding by namespace and name wins; before it was the luck of the moment.",
    todo: "Rename one of them if both are needed; else remove the binding that has no effect.",
    source: "https://github.com/Azure/aad-pod-identity/issues/1065",
  },
  "identities-differ": {
    what: "Two installations of pod identity, or two clusters that a file may be for, give the same pods different identities.",
    why: "Which one counts depends on who answers, or on where the file is applied. All are listed, so that none is overlooked.",
    todo: "Remove the installation that is not meant, or plan with one --context at a time; else choose the identity in the config file.",
    source: ownRule,
  },
  excepted: {
    what: "NMI lets these pods through to the node's metadata endpoint: by an AzurePodIdentityException of their namespace, or because their name begins with mic where NMI expects MIC.",
    why: "One label of an exception is enough, in any case. Such pods use any identity of the node, and bindings do not count for them. When the identity leaves the node, they stop without warning.",
    todo: "Find out which identity the application asks for, and give it its own through workload identity. Where a binding fits too and no container names its identity, the plan waits until the config file does (default-identity-of-node). Rename workloads that are excepted by their name alone.",
    source: `${repository} pkg/nmi/server/server.go:msiHandler and isMIC, pkg/pod/pod.go:IsPodExcepted`,
  },
  "host-network": {
    what: "The pods use the host's network.",
    why: "NMI catches the traffic of pods only, so that these get tokens from the node's metadata endpoint directly. MIC assigns the identity to the node all the same.",
    todo: "Find out which identity the application asks for before it leaves the nodes. Where no container names the binding's identity, the plan waits until the config file does (default-identity-of-node). The proxy of workload identity is refused for such pods.",
    source: `${repository} pkg/nmi/iptables/iptables.go`,
  },
  "assignment-differs": {
    what: "What MIC wrote about running pods, its AzureAssignedIdentity objects, is not what bindings and labels say.",
    why: "NMI goes by what MIC wrote. MIC may lack rights, be stuck or be older, or objects were changed by hand.",
    todo: "Read MIC's log about the pod that is named; compare the AzureAssignedIdentity with the binding. Move the workload when both agree.",
    source: matching,
  },
  "finished-pods-hold-identity": {
    what: "Pods that have ended, mostly of Jobs, still hold an identity in standard mode.",
    why: "MIC does not look at the phase of pods: until they are deleted, the identity stays on the nodes, and a cleanup waits for it.",
    todo: "Delete them, or set ttlSecondsAfterFinished on Jobs and history limits on CronJobs.",
    source: matching,
  },
  "mode-unknown": {
    what: "How pod identity is installed cannot be seen, and nobody said it.",
    why: "The mode decides whether a binding reaches pods of other namespaces.",
    todo: "Give --pod-identity-mode, or plan again with the right to list DaemonSets and Deployments in all namespaces.",
    source: nmiFlags,
  },
  "bindings-not-checked": {
    what: "AzureIdentity or AzureIdentityBinding objects cannot be listed as far as they reach in the installed mode.",
    why: "A binding that is not seen may give the workload an identity, or a second one.",
    todo: "Ask for the verb list on both kinds in all namespaces; in managed or namespaced mode the workload's own is enough.",
    source: ownRule,
  },
  "several-installations": {
    what: "More than one NMI or MIC is installed, as with the AKS add-on beside a Helm release.",
    why: "All NMIs write the same iptables chain, and the last one on a node answers, by its own mode.",
    todo: "Remove all but one. Deleting the add-on's DaemonSet does not help: disable it with az aks update --disable-pod-identity.",
    source: `${repository} pkg/nmi/iptables/iptables.go`,
  },
  "mic-nmi-disagree": {
    what: "One of NMI and MIC is started with forceNamespaced, the other is not.",
    why: "MIC decides which assignments exist and NMI filters them again, so that the stricter one prevails.",
    todo: "Set --forceNamespaced or FORCENAMESPACED (exactly true) alike on both.",
    source: `${repository} cmd/nmi/main.go and cmd/mic/main.go`,
  },
  "pod-identity-half-removed": {
    what: "A part of pod identity is missing: MIC, NMI, both, or their kinds.",
    why: "Standard mode needs NMI and MIC. Where NMI is missing, pods reach the node's metadata endpoint, and any of them can use every identity of the node.",
    todo: "Complete the installation until the migration is done, or remove what is left when nothing uses it.",
    source: "https://azure.github.io/aad-pod-identity/docs/concepts/",
  },
  "mic-without-replicas": {
    what: "MIC is there, scaled to 0.",
    why: "It assigns nothing and takes nothing away: new pods get no identity, and removing labels leaves the identities on the nodes.",
    todo: "Scale it up again, or remove it.",
    source: micFlags,
  },
  "nmi-on-no-node": {
    what: "The DaemonSet of NMI fits no node.",
    why: "Requests of pods are not caught and go to the node's metadata endpoint.",
    todo: "Check its node selector, affinity and tolerations, or remove it.",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetStatus",
  },
  "nmi-does-not-start": {
    what: "NMI is started with flags that end it at once.",
    why: "It knows the modes standard and managed, and managed only together with forceNamespaced.",
    todo: "Correct its arguments.",
    source: `${repository} pkg/nmi/nmi.go:GetTokenClient, pkg/nmi/managed.go:NewManagedTokenClient`,
  },
  "namespaced-not-readable": {
    what: "FORCENAMESPACED of NMI or MIC comes from a ConfigMap, a Secret or a field, which this tool does not read.",
    why: "Bindings are then matched across namespaces, so that no usage is overlooked.",
    todo: "Look the value up, and set it by value if workloads are listed with identities that they do not get.",
    source: `${repository} cmd/nmi/main.go and cmd/mic/main.go`,
  },
  "pod-identity-version-old": {
    what: "NMI or MIC is older than 1.6.0.",
    why: "Old releases read fields in any case, as this tool does with them, and before 1.5.3 looked for identities in all namespaces. This tool matches as 1.8.1 and later do: in an upgrade, write the fields in camelCase first.",
    todo: "Upgrade to 1.8.17 before the migration, or check the identities of each workload by hand.",
    source: "https://github.com/Azure/aad-pod-identity/blob/master/CHANGELOG.md",
  },
  "several-webhooks": {
    what: "More than one Deployment of the workload identity webhook is in the cluster, as with the AKS add-on beside a Helm release.",
    why: "Each changes the pods that carry the label; versions differ in paths and in the proxy.",
    todo: "Remove the one that is not managed by AKS, or the older one.",
    source: webhookManifest,
  },
  "webhook-not-ready": {
    what: "The webhook of workload identity has no ready replica.",
    why: "With failurePolicy Fail no labelled pod can be created meanwhile; with Ignore they are created without token and variables. Stage prepare makes no pods and goes on; the switch waits.",
    todo: "Look at the webhook's pods and events, then plan again.",
    source: webhookManifest,
  },
  "webhook-selects-by-account": {
    what: "The webhook is older than 1.0 and looks at the label of the service account.",
    why: "This tool labels pods, as every version since 1.0 wants it. An account that has the label already would hand its identity to pods as soon as stage prepare has named the identity on it: that waits too.",
    todo: "Upgrade the webhook, then plan again.",
    source: "https://github.com/Azure/azure-workload-identity/releases/tag/v1.0.0",
  },
  "webhook-audience-differs": {
    what: "The webhook projects tokens for another audience than the planned credentials name.",
    why: "Issuer, subject and audience of a token must all be those of a federated credential, else Entra answers AADSTS700212. Of one issuer and subject an identity can have one credential alone, so that one for the wrong audience would be in the way of the right one: stage prepare waits too.",
    todo: "Plan with --audience set to the webhook's, or remove --audience from the webhook.",
    source: "Azure/azure-workload-identity v1.6.0, cmd/webhook/main.go",
  },
  "webhook-cloud-differs": {
    what: "The AZURE_ENVIRONMENT of the webhook is another cloud than the one that was asked.",
    why: "It becomes AZURE_AUTHORITY_HOST of every pod: they would show their tokens to an Entra that does not know the identity. Accounts and credentials do not depend on it and are prepared.",
    todo: "Correct AZURE_ENVIRONMENT in the ConfigMap azure-wi-webhook-config, restart the webhook, and plan again; or give --cloud where that is wrong.",
    source: webhookConfig,
  },
  "webhook-settings-not-readable": {
    what: "A ConfigMap that the webhook's Deployment has its environment from cannot be read.",
    why: "A webhook that was installed by hand can have the AZURE_TENANT_ID or AZURE_ENVIRONMENT of another tenant or cloud: pods would then get no token. An account that names its tenant is right with any webhook; for the cloud there is nothing like that.",
    todo: "Ask for the verb get on that ConfigMap, as the read-only role in the examples has it. apply --probe-pods shows, before pods restart, whether a pod gets a token.",
    source: webhookConfig,
  },
};
