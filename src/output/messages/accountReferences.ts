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
  "new-account-named-elsewhere": {
    title: "The new service account is named elsewhere",
    explain: ({ serviceAccount, object, field }) =>
      `${text(object)} means service account ${text(serviceAccount)} (${text(field)}), which the workload gets, and not the one that it has: it would be let in, or kept out, where it is not today. Where that is wanted, say so in the config file: covered: ["${text(object)}"] for this workload; else change the policy.`,
  },
  "account-policies-not-checked": {
    title: "Policies that could name the service account could not be read",
    explain: ({ kinds }) =>
      `${listed(kinds)} objects cannot be listed everywhere, and the workload gets another service account: whether one of them means the old one is not known.`,
  },
};
