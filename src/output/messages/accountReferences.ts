import type { AccountReferencesFindings } from "../../core/findings/accountReferences.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of policies that name a service account. */
export const accountReferencesMessages: Pick<Messages, keyof AccountReferencesFindings> = {
  "account-named-elsewhere": {
    title: "A policy names the service account",
    explain: ({ serviceAccount, object, field }) =>
      `${text(object)} names service account ${text(serviceAccount)} (${text(field)}): with another account the workload would not be meant any more.`,
  },
};
