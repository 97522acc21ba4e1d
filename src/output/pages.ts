import type { Code } from "../core/findings/codes.ts";
import { accountReferencesPages } from "./pages/accountReferences.ts";
import { accountsPages } from "./pages/accounts.ts";
import { azurePages } from "./pages/azure.ts";
import { clientPathPages } from "./pages/clientPath.ts";
import { cloudsPages } from "./pages/clouds.ts";
import { consumersPages } from "./pages/consumers.ts";
import { credentialsPages } from "./pages/credentials.ts";
import { egressPages } from "./pages/egress.ts";
import { identitiesPages } from "./pages/identities.ts";
import { identityBindingsPages } from "./pages/identityBindings.ts";
import { labelPlacesPages } from "./pages/labelPlaces.ts";
import { managedClustersPages } from "./pages/managedClusters.ts";
import { ownershipPages } from "./pages/ownership.ts";
import type { Page } from "./pages/page.ts";
import { podIdentityPages } from "./pages/podIdentity.ts";
import { proofPages } from "./pages/proof.ts";
import { readingPages } from "./pages/reading.ts";
import { servicePrincipalsPages } from "./pages/servicePrincipals.ts";
import { workloadsPages } from "./pages/workloads.ts";

/** The page of every finding; a code without one does not compile. */
export const pages: Readonly<Record<Code, Page>> = {
  ...accountReferencesPages,
  ...accountsPages,
  ...azurePages,
  ...consumersPages,
  ...credentialsPages,
  ...clientPathPages,
  ...cloudsPages,
  ...egressPages,
  ...identityBindingsPages,
  ...ownershipPages,
  ...identitiesPages,
  ...labelPlacesPages,
  ...managedClustersPages,
  ...podIdentityPages,
  ...proofPages,
  ...readingPages,
  ...servicePrincipalsPages,
  ...workloadsPages,
};
