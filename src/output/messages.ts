import type { Code, Finding, FindingArgs } from "../core/findings/codes.ts";
import { accountReferencesMessages } from "./messages/accountReferences.ts";
import { accountsMessages } from "./messages/accounts.ts";
import { azureMessages } from "./messages/azure.ts";
import { clientPathMessages } from "./messages/clientPath.ts";
import { cloudsMessages } from "./messages/clouds.ts";
import { consumersMessages } from "./messages/consumers.ts";
import { credentialsMessages } from "./messages/credentials.ts";
import { egressMessages } from "./messages/egress.ts";
import { identitiesMessages } from "./messages/identities.ts";
import { identityBindingsMessages } from "./messages/identityBindings.ts";
import { labelPlacesMessages } from "./messages/labelPlaces.ts";
import { managedClustersMessages } from "./messages/managedClusters.ts";
import type { Message, Messages } from "./messages/message.ts";
import { ownershipMessages } from "./messages/ownership.ts";
import { podIdentityMessages } from "./messages/podIdentity.ts";
import { proofMessages } from "./messages/proof.ts";
import { readingMessages } from "./messages/reading.ts";
import { servicePrincipalsMessages } from "./messages/servicePrincipals.ts";
import { workloadsMessages } from "./messages/workloads.ts";

/** The wording of every finding; a code without one does not compile. */
export const messages: Messages = {
  ...accountReferencesMessages,
  ...accountsMessages,
  ...azureMessages,
  ...clientPathMessages,
  ...cloudsMessages,
  ...consumersMessages,
  ...credentialsMessages,
  ...egressMessages,
  ...identityBindingsMessages,
  ...identitiesMessages,
  ...labelPlacesMessages,
  ...managedClustersMessages,
  ...ownershipMessages,
  ...podIdentityMessages,
  ...proofMessages,
  ...readingMessages,
  ...servicePrincipalsMessages,
  ...workloadsMessages,
};

/** What this finding means where it was made, and what to do: one or two sentences, safe for a terminal. */
export function explain(finding: Finding): string {
  return explainArgs(finding.code, finding.args);
}

function explainArgs<C extends Code>(code: C, args: FindingArgs[Code]): string {
  const message: Message<C> = messages[code];
  // A Finding's args belong to its code; TypeScript loses that where the code is a union.
  return message.explain(args as FindingArgs[C]);
}
