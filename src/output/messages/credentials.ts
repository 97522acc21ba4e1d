import type { CredentialsFindings } from "../../core/findings/credentials.ts";
import { text } from "../escape.ts";
import { count } from "../text/layout.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of how many credentials there are, and of identities that people choose. */
export const credentialsMessages: Pick<Messages, keyof CredentialsFindings> = {
  "credential-budget-exceeded": {
    title: "Too many federated credentials for one identity",
    explain: budgetText,
  },
  "role-assignments-differ": {
    title: "The chosen identity lacks roles",
    explain: ({ from, to, missing }) =>
      `${text(to)} is to take the place of ${text(from)}, and lacks ${count(missing.length, "role assignment")} of it, as far as you can see: ${listed(missing)}. This tool assigns no roles: az role assignment create, for those that the workload needs.`,
  },
  "role-assignments-not-visible": {
    title: "The roles of the chosen identity could not be compared",
    explain: ({ from, to, reason }) =>
      `Whether ${text(to)} has the roles of ${text(from)}, whose place it takes, is not known: ${text(reason)}. Compare them with az role assignment list --all --assignee, or plan again with Microsoft.Authorization/roleAssignments/read.`,
  },
  "data-plane-rights-not-visible": {
    title: "Rights that no role shows are not compared",
    explain: ({ from, to }) =>
      `${text(to)} is to take the place of ${text(from)}. What that one was given outside of Azure's roles shows nowhere: Key Vault access policies, SQL users, ACLs of storage, memberships of groups, roles of applications. Give the new one what the workload needs of it before the switch.`,
  },
  "credentials-not-counted": {
    title: "An identity whose credentials a plan does not know",
    explain: ({ principal, contexts }) =>
      `The ${contexts.length === 1 ? "plan" : "plans"} of ${listed(contexts)} could not read ${text(principal)}, so that it may have more credentials than are counted here. Plan again with access to it.`,
  },
  "credential-unused": {
    title: "Federated credentials that no workload needs",
    explain: ({ principal, missing, idle }) => {
      const gone = missing.length === 0 ? "" : ` The service account of ${listed(missing)} does not exist.`;
      const quiet =
        idle.length === 0
          ? ""
          : ` No pod template runs as the service account of ${listed(idle)}; something that asks for its tokens by itself, as External Secrets does, would not show.`;
      return `Each of the 20 federated credentials of ${text(principal)} counts, and nothing here needs some of them.${gone}${quiet} They are never deleted by this tool: az identity federated-credential delete.`;
    },
  },
};

function budgetText({
  principal,
  existing,
  planned,
  limit,
  shared,
  unread,
  unused,
}: CredentialsFindings["credential-budget-exceeded"]): string {
  const over = existing + planned - limit;
  const free = Math.max(0, limit - existing);
  const choices = [
    shared < existing + planned
      ? `fewer service accounts: ${shared} credentials would do if the workloads of a namespace that have the same identities ran as one account of their own (serviceAccountName in their templates, and serviceAccount: auto)`
      : "",
    `a second identity that exists already, for at least ${over} of them; it has room for ${limit} in all (workloads: NAMESPACE/KIND/NAME: identity: RESOURCE-ID in the config file)`,
    unused.length > 0 ? `deleting ${unused.length} that nothing here needs: ${listed(unused)}` : "",
    // AKS binds managed identities alone.
    principal.startsWith("/")
      ? `identity bindings, a preview, which need one free slot for all of them (trust: identityBinding); ${free === 0 ? "none is free, so one has to be deleted first" : `${unread ? "at most " : ""}${free} ${free === 1 ? "is" : "are"} free`}`
      : "",
  ].filter(choice => choice !== "");
  const list = choices.map((choice, index) => `(${index + 1}) ${choice}`).join("; ");
  const has = unread
    ? `may have ${limit} federated credentials (which it has could not be read)`
    : `has ${existing} of at most ${limit} federated credentials`;
  return `${text(principal)} ${has}, and ${planned === 1 ? "1 new one is needed" : `${planned} new ones are needed`}: ${over} too many, so ${planned === 1 ? "it is not" : "none of them is"} written. Choose and plan again: ${list}.`;
}
