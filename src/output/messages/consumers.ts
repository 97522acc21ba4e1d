import type { ChangedField } from "../../core/consumers/changedFields.ts";
import type { ConsumersFindings } from "../../core/findings/consumers.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of controllers through which workloads use pod identity. */
export const consumersMessages: Pick<Messages, keyof ConsumersFindings> = {
  "consumer-not-migrated": {
    title: "A consumer still uses pod identity",
    explain: ({ consumer, object, fields, usedBy, serviceAccount }) =>
      `${text(object)} asks NMI for tokens through ${text(consumer)}${usersOf(usedBy)}. ${changesOf(fields)} Each identity in it needs a federated credential for the service account ${text(serviceAccount)}. ${orderOf(consumer, fields)}` +
      ` It keeps working while the old label stays: to switch these pods first, name ${text(object)} under covered of this workload in the config file.`,
  },
  "consumer-uses-pod-identity": {
    title: "An object that uses pod identity through a consumer",
    explain: ({ consumer, fields, usedBy, askedBy }) =>
      `It asks NMI for tokens through ${text(consumer)}${usersOf(usedBy)}; ${askedBy.length === 0 ? "whose pods do that is not among what was read" : `the pods of ${listed(askedBy)} do that`}. ${changesOf(fields)} ${orderOf(consumer, fields)}`,
  },
  "consumer-too-old": {
    title: "A consumer's version knows no workload identity",
    explain: ({ consumer, object, version, needed }) =>
      `${text(object)} goes by ${text(consumer)} ${text(version)}, and workload identity needs ${text(needed)} or newer. Upgrade it first, and plan again.`,
  },
  "consumer-version-not-checked": {
    title: "Whether a consumer's version knows workload identity cannot be told",
    explain: ({ consumer, object, version, needed }) =>
      `${text(object)} goes by ${text(consumer)}, which needs version ${text(needed)} or newer for workload identity; ${version === "" ? "no version of it is seen (its image has none in its tag, or is not among what was read)" : `${text(version)} cannot be compared with that`}. Look which one runs, and upgrade it first where it is older.`,
  },
  "consumer-pods-not-seen": {
    title: "What a consumer's pods use is not seen",
    explain: ({ consumer }) =>
      `It takes the identity of ${text(consumer)}'s own pods, which are not among what was read: whether that is pod identity cannot be told. Read their manifests too, or the cluster.`,
  },
  "consumers-not-checked": {
    title: "Objects through which these pods may use pod identity cannot be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects cannot be listed, and some may ask NMI for tokens on behalf of these pods. Ask for the right to list them (the README has the role), and plan again.`,
  },
  "secret-class-shared": {
    title: "Pods of several identities or accounts mount one SecretProviderClass",
    explain: ({ clientIDs, serviceAccounts, workloads }) =>
      `${listed(workloads)} mount it. ${
        clientIDs.length > 1
          ? `With workload identity it names one client id, and they have ${listed(clientIDs)}: make one class for each identity.`
          : `Its identity needs a federated credential for each of their service accounts: ${listed(serviceAccounts)}.`
      }`,
  },
  "secret-class-without-label": {
    title: "Pods without pod identity mount a SecretProviderClass that needs it",
    explain: ({ secretProviderClass }) =>
      `${text(secretProviderClass)} has usePodIdentity, for which NMI looks at the mounting pod, and these pods get no identity of it: such a mount fails. Take the volume out, or change the class to workload identity with a federated credential for their service account.`,
  },
  "secret-class-modes-conflict": {
    title: "A SecretProviderClass with several ways to sign in",
    explain: ({ parameters }) =>
      `${listed(parameters)} are all true, and the Azure provider takes one of them (since 1.8.1 it refuses the mount). Keep the one that is meant.`,
  },
  "secret-class-parameter-invalid": {
    title: "A parameter of a SecretProviderClass that cannot be read",
    explain: ({ parameter, value }) =>
      `${text(parameter)} is ${text(value)}, and the Azure provider refuses each mount whose value is no text that says true or false. Set it to "true" or "false", with quotes.`,
  },
  "secret-class-on-node-identity": {
    title: "A SecretProviderClass uses an identity that MIC puts on the nodes",
    explain: ({ clientID, azureIdentity }) =>
      `It has useVMManagedIdentity with the client id ${text(clientID)}, which AzureIdentity ${text(azureIdentity)} has too. MIC takes that identity off the nodes when its last labelled pod goes, and mounts of this class fail from then on. Move it to workload identity as well.`,
  },
  "csi-driver-without-audience": {
    title: "The Secrets Store CSI driver asks for no tokens of workload identity",
    explain: ({ audience }) =>
      `CSIDriver secrets-store.csi.k8s.io has no spec.tokenRequests entry with audience ${text(audience)}, without which the Azure provider gets no token of the mounting pod's service account. Set tokenRequests in the driver's Helm chart, or use the AKS add-on, before a class is changed.`,
  },
  "csi-driver-not-checked": {
    title: "The settings of the Secrets Store CSI driver are not known",
    explain: ({ reason }) =>
      `CSIDriver secrets-store.csi.k8s.io cannot be looked at (${text(reason)}). A SecretProviderClass with clientID needs its spec.tokenRequests with audience api://AzureADTokenExchange: check that before one is changed.`,
  },
  "flex-volume-on-pod-identity": {
    title: "A volume of the old Key Vault FlexVolume driver",
    explain: ({ volumes }) =>
      `${volumes.length === 1 ? "Volume" : "Volumes"} ${listed(volumes)} ${volumes.length === 1 ? "is" : "are"} of the driver azure/kv with usepodidentity, which has no workload identity at all. Instead take a Secrets Store CSI volume, whose SecretProviderClass names the clientID of the identity.`,
  },
  "keda-provider-gone": {
    title: "KEDA does not know the provider azure any more",
    explain: ({ version }) =>
      `KEDA ${text(version)} runs here, and 2.15 took out the pod identity provider azure: this object cannot be created again as it stands. Change its provider to azure-workload.`,
  },
  "secret-store-account-needed": {
    title: "A secret store needs a service account of its own",
    explain: ({ clientID }) =>
      `Its identityId ${text(clientID)} is not the identity that the controller's own account will have. With workload identity it needs a serviceAccountRef: a service account with the annotations azure.workload.identity/client-id=${text(clientID)} and azure.workload.identity/tenant-id, and a federated credential for it.`,
  },
  "consumer-settings-elsewhere": {
    title: "A controller has settings that are not read here",
    explain: ({ consumer, object, before, after }) =>
      `How ${text(consumer)} signs in also stands in ${text(object)}, which this tool does not read. Where it says ${text(before)}, it has to say ${text(after)} when the pods are switched. ` +
      `Change it together with them, or see that nothing has to be changed, and name ${text(object)} under covered of this workload in the config file.`,
  },
};

/** The exact before and after of each field. */
function changesOf(fields: readonly ChangedField[]): string {
  if (fields.length === 0) return "Change it to workload identity.";
  const value = (json: unknown) => (json === undefined ? "absent" : text(JSON.stringify(json)));
  const told = fields.map(({ field, before, after }) => `${text(field)} from ${value(before)} to ${value(after)}`);
  return `Change ${told.join(", ")}.`;
}

function usersOf(usedBy: readonly string[]): string {
  return usedBy.length === 0 ? "" : ` (${listed(usedBy)} ${usedBy.length === 1 ? "goes" : "go"} by it)`;
}

/** What has to be there before the object is changed. */
function orderOf(consumer: string, fields: readonly ChangedField[]): string {
  // Values of a chart make the very pods that ask.
  if (fields.some(({ field }) => /^spec\.(values|sources?)\b/.test(field))) return "Change it with its pods.";
  switch (consumer) {
    case "secrets-store-csi":
      return "Do not change it in place before its pods run as an account with the federated credential: new mounts would fail. A second class, which the changed template names, avoids that. The pods need no label for it: the CSI driver gets the token.";
    case "keda":
      return "Change it after the operator's pods are on workload identity, for they ask for its tokens.";
    case "external-secrets":
      return "Without a serviceAccountRef, change it after the controller's pods are on workload identity.";
    default:
      return "Change it with its pods.";
  }
}
