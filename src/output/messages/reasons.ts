import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** Why a mapping is as it is, and what is left to do by hand. */
export const mappingReasons = {
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
  "credential-adopted": {
    title: "An existing federated credential is used",
    explain: ({ name, principal }) =>
      `Federated credential ${text(name)} of ${text(principal)} already has this issuer, subject and audience. It is used as it is.`,
  },
  "job-immutable": {
    title: "The template of a Job cannot be changed",
    explain: () =>
      "Kubernetes does not allow changes to a Job's pod template. Delete the Job and create it again from its changed manifest, when a new run does no harm.",
  },
  "pod-not-managed": {
    title: "A pod that nothing recreates",
    explain: () =>
      "No controller made this pod, and its service account cannot be changed while it lives. Delete it and create it again from its changed manifest.",
  },
  "pods-do-not-roll": {
    title: "Pods are not replaced by themselves",
    explain: ({ kind }) =>
      `A changed template of this ${text(kind)} counts for new pods only. Delete the running pods one at a time, and wait for each new one to be ready.`,
  },
} satisfies Partial<Messages>;
