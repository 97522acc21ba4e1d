import type { AccountsFindings } from "../../core/findings/accounts.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of service accounts: which one, why, and what it would lose. */
export const accountsMessages: Pick<Messages, keyof AccountsFindings> = {
  "service-account-default": {
    title: "A dedicated service account, because the pods run as default",
    explain: ({ dedicated }) =>
      `The pods run as service account default, which every pod of the namespace without one of its own shares. They get the dedicated service account ${text(dedicated)}.`,
  },
  "service-account-shared": {
    title: "A dedicated service account, because theirs is shared",
    explain: ({ serviceAccount, others, dedicated }) =>
      `Service account ${text(serviceAccount)} can name one identity only, but ${others.length === 0 ? "workloads with another identity shared it when it was split" : `${listed(others)} ${others.length === 1 ? "uses" : "use"} it with another`}. This workload gets the dedicated service account ${text(dedicated)}.`,
  },
  "service-account-names-other-identity": {
    title: "A dedicated service account, because theirs names another identity",
    explain: ({ serviceAccount, annotation, value, dedicated }) =>
      `Service account ${text(serviceAccount)} already has the annotation ${text(annotation)} with value "${text(value)}", which is not this workload's identity and is left as it is. The workload gets the dedicated service account ${text(dedicated)}.`,
  },
  "service-account-reused": {
    title: "The workload keeps its service account",
    explain: ({ serviceAccount }) =>
      `Every workload that runs as ${text(serviceAccount)} has the same identity, so the account is annotated with its client id and kept.`,
  },
  "service-account-missing": {
    title: "The service account does not exist",
    explain: ({ serviceAccount }) =>
      `The pods name service account ${text(serviceAccount)}, which does not exist, so none can be created today. It is created; check whether something else was to create it.`,
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
};
