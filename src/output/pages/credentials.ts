import type { CredentialsFindings } from "../../core/findings/credentials.ts";
import type { Page } from "./page.ts";

const federationRules = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";

export const credentialsPages: Record<keyof CredentialsFindings, Page> = {
  "credential-budget-exceeded": {
    what: "The credentials that an identity or application has already, and those that the workloads of this run need beside, are more than the 20 that Microsoft allows; the same issuer, subject and audience counts once.",
    why: "The limit cannot be raised, and the 21st write fails in the middle of a run. Filling the last slots would also take away the way out by identity bindings, which need one.",
    todo: "Let workloads of a namespace with the same identities run as one service account (set it in their templates; serviceAccount: auto keeps it), name a second existing identity for some of them (workloads: NAMESPACE/KIND/NAME: identity), delete credentials that nobody uses, or plan with identity bindings (trust: identityBinding, a preview). Then plan again.",
    source: federationRules,
  },
  "role-assignments-differ": {
    what: "The config file chooses another managed identity for a workload, and that has not all the roles of the one that pod identity gives it.",
    why: "After the switch the workload is the other identity: what only the first one may do is refused to it.",
    todo: "Assign the roles that the workload needs: az role assignment create --assignee-object-id OBJECT-ID --role ROLE --scope SCOPE. Only the subscriptions of the two identities were looked at, what is above them and below. This tool assigns no roles.",
    source: "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest",
  },
  "role-assignments-not-visible": {
    what: "The role assignments of an identity that was chosen, or of the one that it replaces, could not be listed.",
    why: "A right that the new identity lacks shows only after the switch, as a refusal.",
    todo: "Plan again as somebody with Reader on the subscriptions of both identities, or compare by hand: az role assignment list --all --assignee OBJECT-ID.",
    source: "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest",
  },
  "data-plane-rights-not-visible": {
    what: "A workload gets another managed identity than pod identity gives it, and much of what an identity may do is in no role assignment.",
    why: "Key Vault access policies, SQL users, ACLs in Data Lake Storage, memberships of Entra groups and application roles name an identity by its object or client id; nothing lists them by identity.",
    todo: "Ask the owners of what the workload uses, and give the new identity the same there before the switch. The old identity keeps what it has.",
    source:
      "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations",
  },
  "credentials-not-counted": {
    what: "A plan of the fleet needs credentials of an identity that Azure did not tell it about.",
    why: "What exists there is counted only as far as another plan saw it. apply counts anew before it writes, and refuses what it cannot read.",
    todo: "Sign in with Reader on the identity, plan that cluster again, and merge again.",
    source: "azwi-migrate: what could not be read is never guessed",
  },
  "credential-unused": {
    what: "A federated credential has the issuer of one of these clusters, but its service account does not exist there, or no pod template runs as it.",
    why: "It takes one of 20 slots, and whoever may create a service account of that name gets the identity.",
    todo: "Find out whether something asks for tokens of that account by itself (TokenRequest, as External Secrets does). If not: az identity federated-credential delete. This tool never deletes them.",
    source: federationRules,
  },
};
