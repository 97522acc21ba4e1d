import type { AccountReferencesFindings } from "../../core/findings/accountReferences.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of policies that name a service account. */
export const accountReferencesMessages: Pick<Messages, keyof AccountReferencesFindings> = {
  "account-named-elsewhere": {
    title: "The old service account is named elsewhere",
    explain: ({ serviceAccount, object, field }) =>
      `${text(object)} means service account ${text(serviceAccount)} (${text(field)}), and would not mean the workload's new account. Let it mean both, and say so in the config file: covered: ["${text(object)}"] for this workload; or keep the account with serviceAccount: reuse.`,
  },
  "account-policies-not-checked": {
    title: "Policies that could name the service account could not be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects cannot be listed everywhere, and the workload gets another service account: whether one of them means the old one is not known.`,
  },
};
