import type { ConsumersFindings } from "../../core/findings/consumers.ts";
import type { Page } from "./page.ts";

const provider = "Azure/secrets-store-csi-driver-provider-azure";
const parameters = `${provider}, pkg/provider/types/parameters.go`;
const workloadIdentityMode = `${provider}, website/content/en/configurations/identity-access-modes/workload-identity-mode.md`;

export const consumersPages: Record<keyof ConsumersFindings, Page> = {
  "consumer-not-migrated": {
    what: "An object through which a workload's pods ask NMI for tokens: a SecretProviderClass, a TriggerAuthentication, a SecretStore, an issuer.",
    why: "It works until NMI is removed and then fails at once, whatever became of the pods. The workload is not switched before somebody has looked.",
    todo: "Change the fields as named, once the federated credentials are there; or list the object under covered in the config file, switch the pods first and change it right after.",
    source: "azwi-migrate: src/core/consumers, one file for each consumer with its source",
  },
  "consumer-uses-pod-identity": {
    what: "An object that asks NMI for tokens on behalf of others, with no labelled workload that waits for it here.",
    why: "Nothing else in the plan would tell of it, and it stops working when NMI is removed.",
    todo: "Change the fields as named before cleanup.",
    source: "azwi-migrate: src/core/consumers, one file for each consumer with its source",
  },
  "consumer-too-old": {
    what: "The program that reads the object is of a version without workload identity.",
    why: "It would ignore or refuse the changed object.",
    todo: "Upgrade the program.",
    source: "azwi-migrate: src/core/consumers, one file for each consumer with its source",
  },
  "consumer-version-not-checked": {
    what: "The program that reads the object has an image whose tag is no version (latest, a digest, a branch), or is not among what was read.",
    why: "A version without workload identity would ignore or refuse the changed object, and its pods would get no token.",
    todo: "Look which version runs, and upgrade the program first where it is older. Objects under covered in the config file are not told.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
  "consumer-pods-not-seen": {
    what: "An object that takes whatever identity its controller's pods have, while these pods are not among what was read.",
    why: "They may use pod identity, workload identity or the node's identity: the object does not tell.",
    todo: "Read the controller's manifests, or its cluster, in the same run.",
    source: "cert-manager/cert-manager, pkg/issuer/acme/dns/azuredns/azuredns.go:getAuthorization",
  },
  "consumers-not-checked": {
    what: "Kinds through which a workload's pods may use pod identity cannot be listed.",
    why: "Some object may still need NMI for these pods, and nobody would know.",
    todo: "Ask for the verbs get and list on these kinds; the README has the whole role.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
  "secret-class-shared": {
    what: "One SecretProviderClass with usePodIdentity is mounted by pods of several identities or service accounts.",
    why: "NMI goes by the mounting pod, so that one class serves all. With workload identity the class names one client id, and each mounting pod's service account needs a federated credential.",
    todo: "Make one class for each identity, and one federated credential for each service account.",
    source: workloadIdentityMode,
  },
  "secret-class-without-label": {
    what: "A workload mounts a SecretProviderClass with usePodIdentity, and its pods get no identity from pod identity.",
    why: "NMI answers the provider by the pod that mounts: such a mount fails, or has been left over.",
    todo: "Take the volume out of the template, or change the class to workload identity.",
    source: "Azure/aad-pod-identity v1.8.17, pkg/nmi/server/server.go:hostHandler",
  },
  "secret-class-modes-conflict": {
    what: "Two or more of usePodIdentity, useVMManagedIdentity and useAzureTokenProxy are true.",
    why: "The provider takes one; newer versions refuse the mount.",
    todo: "Keep the one that is meant.",
    source: `${provider}, pkg/auth/auth.go:NewConfig`,
  },
  "secret-class-parameter-invalid": {
    what: "A parameter that says true or false holds something that Go's strconv.ParseBool does not take, or is no text.",
    why: "The API server or the provider refuses it.",
    todo: 'Set it to "true" or "false", with quotes.',
    source: parameters,
  },
  "secret-class-on-node-identity": {
    what: "A SecretProviderClass uses, through the nodes, an identity that an AzureIdentity names too.",
    why: "MIC put the identity on the nodes, and takes it away when the last labelled pod goes.",
    todo: "Move the class to workload identity, or have the identity put on the nodes by somebody else.",
    source: "Azure/aad-pod-identity v1.8.17, pkg/mic/mic.go:checkIfInUse",
  },
  "csi-driver-without-audience": {
    what: "The CSIDriver object of the Secrets Store CSI driver has no tokenRequests entry for workload identity.",
    why: "Without it the kubelet passes no token of the pod's service account, and mounts with clientID fail.",
    todo: "Set tokenRequests[0].audience=api://AzureADTokenExchange in the driver's chart; the AKS add-on has it.",
    source: workloadIdentityMode,
  },
  "csi-driver-not-checked": {
    what: "The CSIDriver object of the Secrets Store CSI driver was not read.",
    why: "Whether pods' tokens reach the provider is not known.",
    todo: "Ask for the verbs get and list on csidrivers of storage.k8s.io, or look yourself.",
    source: workloadIdentityMode,
  },
  "flex-volume-on-pod-identity": {
    what: "A volume of the FlexVolume driver azure/kv with usepodidentity.",
    why: "The driver is retired and knows no workload identity; it stops working with NMI.",
    todo: "Replace it with a volume of the Secrets Store CSI driver.",
    source: "Azure/kubernetes-keyvault-flexvol, README.md",
  },
  "keda-provider-gone": {
    what: "A TriggerAuthentication with provider azure under KEDA 2.15 or newer.",
    why: "The definition's schema has no such provider any more: what is there stays, but cannot be created again, and KEDA does not serve it.",
    todo: "Change the provider to azure-workload.",
    source: "kedacore/keda v2.15.0, apis/keda/v1alpha1/triggerauthentication_types.go",
  },
  "secret-store-account-needed": {
    what: "A secret store names an identity that is not the controller's own.",
    why: "With workload identity the identity comes from a service account, and the controller's own account can name one.",
    todo: "Make a service account with the client id in its annotation, a federated credential for it, and name it in serviceAccountRef.",
    source:
      "external-secrets/external-secrets v0.10.7, pkg/provider/azure/keyvault/keyvault.go:authorizerForWorkloadIdentity",
  },
  "consumer-settings-elsewhere": {
    what: "A controller reads how it signs in from a Secret, a file of its node, or the values of a chart that are not seen here.",
    why: "Secrets' values are never read. When the pods are switched, these settings have to fit, or the controller signs in as before or not at all.",
    todo: "Change what is named together with the pods, or see that nothing has to be changed; then list the object under covered in the config file.",
    source: "azwi-migrate: src/core/consumers, one file for each consumer with its source",
  },
};
