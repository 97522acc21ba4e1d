import type { IdentitiesFindings } from "../../core/findings/identities.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of where managed identities are, and whose they are. */
export const identitiesMessages: Pick<Messages, keyof IdentitiesFindings> = {
  "client-id-not-a-guid": {
    title: "The client id is no GUID",
    explain: ({ clientID, azureIdentity }) =>
      `${azureIdentity === undefined ? "The AzureIdentity" : `AzureIdentity ${text(azureIdentity)}`} says client id ${text(clientID)}, which no identity can have, so pod identity gives these pods no token. Correct spec.clientID.`,
  },
  "identity-moved": {
    title: "The identity is elsewhere",
    explain: ({ clientID, from, to }) =>
      `Azure has no identity ${text(from)}, which the AzureIdentity names, but the client id ${text(clientID)} at ${text(to)}: renamed or moved. NMI asks for tokens by client id alone, in standard and managed mode, so that is the one these pods use, and the federated credential goes there. Correct spec.resourceID.`,
  },
  "identity-found-by-client-id": {
    title: "The identity was found by its client id",
    explain: ({ clientID, from, to }) =>
      `The AzureIdentity has no resource id that is one${from === "" ? "" : ` (${text(from)})`}; the client id ${text(clientID)}, by which NMI asks for tokens, is ${text(to)}.`,
  },
  "identity-in-other-tenant": {
    title: "The identity is in another tenant than the cluster",
    explain: ({ principal, tenantID, cluster }) =>
      `Managed identity ${text(principal)} is in tenant ${text(tenantID)}, the cluster in ${text(cluster)}. The service account has to name the identity's tenant (annotation azure.workload.identity/tenant-id), or its pods ask the wrong one.`,
  },
  "subscription-not-checked": {
    title: "The identity's subscription cannot be seen",
    explain: ({ resourceID, subscription, reason }) =>
      `Managed identity ${text(resourceID)} is in subscription ${text(subscription)}, which you cannot see: ${text(reason)}. Plan again with Reader there, or signed in to its tenant (--tenant).`,
  },
};
