import type { AccountsFindings, NotReusable } from "../../core/findings/accounts.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of service accounts: which one, why, and what it does not get from the one before. */
export const accountsMessages: Pick<Messages, keyof AccountsFindings> = {
  "service-account-in-cluster": {
    title: "The service account is in the cluster already",
    explain: ({ serviceAccount, contexts }) =>
      `The workload is in the files alone, but ${listed(contexts)} ${contexts.length === 1 ? "has" : "have"} service account ${text(serviceAccount)}: who else runs as it there, and which identity it names, counts too. Deploy the workload first and plan it from the cluster, or give it an account of its own in the manifests.`,
  },
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
    explain: ({ serviceAccount, among }) =>
      among === "cluster"
        ? `The pods name service account ${text(serviceAccount)}, which does not exist, so none can be created today. It is created; check whether something else was to create it.`
        : `The pods name service account ${text(serviceAccount)}, which is not in these files. Where it is made elsewhere, give it the annotation there instead of adding it.`,
  },
  "service-account-dedicated": {
    title: "A dedicated service account, as decided",
    explain: ({ serviceAccount, dedicated }) =>
      `It was decided that the workload gets a service account of its own (serviceAccount: dedicated): ${text(dedicated)} in place of ${text(serviceAccount)}.`,
  },
  "service-account-not-reusable": {
    title: "The workload's own service account will not do",
    explain: args =>
      `It was decided that the workload keeps its service account ${text(args.serviceAccount)} (serviceAccount: reuse), but ${whyNotReusable(args)}. Let it have a dedicated account (serviceAccount: auto), or name an account in its pod template that only workloads with its identity use.`,
  },
  "service-account-settings-left-behind": {
    title: "Not everything of the old service account goes to the dedicated one",
    explain: ({ serviceAccount, dedicated, annotations, labels, secrets }) =>
      `${text(dedicated)} gets the role bindings, imagePullSecrets and automountServiceAccountToken of ${text(serviceAccount)}, but not ${leftList(annotations, labels, secrets)}: other tools know the account by these. Where the workload needs one, set it on ${text(dedicated)} too.`,
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

function whyNotReusable(why: NotReusable): string {
  switch (why.because) {
    case "default":
      return "every pod of the namespace without one of its own runs as that";
    case "shared":
      return why.others.length === 0
        ? "workloads with another identity shared it when it was split"
        : `${listed(why.others)} ${why.others.length === 1 ? "uses" : "use"} it with another identity, or would be given this one`;
    case "other-identity":
      return `its annotation ${text(why.annotation)} has the value "${text(why.value)}", which is not this workload's identity`;
  }
}

function leftList(annotations: readonly string[], labels: readonly string[], secrets: readonly string[]): string {
  return [
    ["annotation", annotations],
    ["label", labels],
    ["secret", secrets],
  ]
    .flatMap(([what, names]) =>
      typeof names === "string" || names === undefined || names.length === 0
        ? []
        : [`the ${String(what)}${names.length === 1 ? "" : "s"} ${listed(names)}`],
    )
    .join(", nor ");
}
