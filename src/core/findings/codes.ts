import type { FileLocation, ObjectRef } from "../model.ts";
import { type AccountReferencesFindings, accountReferencesSeverities } from "./accountReferences.ts";
import { type AccountsFindings, accountsSeverities } from "./accounts.ts";
import { type AzureFindings, azureSeverities } from "./azure.ts";
import { type ClientPathFindings, clientPathSeverities } from "./clientPath.ts";
import { type CloudsFindings, cloudsSeverities } from "./clouds.ts";
import { type ConsumersFindings, consumersSeverities } from "./consumers.ts";
import { type CredentialsFindings, credentialsSeverities } from "./credentials.ts";
import { type EgressFindings, egressSeverities } from "./egress.ts";
import { type IdentitiesFindings, identitiesSeverities } from "./identities.ts";
import { type IdentityBindingsFindings, identityBindingsSeverities } from "./identityBindings.ts";
import { type LabelPlacesFindings, labelPlacesSeverities } from "./labelPlaces.ts";
import { type ManagedClustersFindings, managedClustersSeverities } from "./managedClusters.ts";
import { type OwnershipFindings, ownershipSeverities } from "./ownership.ts";
import { type PodIdentityFindings, podIdentitySeverities } from "./podIdentity.ts";
import { type ProofFindings, proofSeverities } from "./proof.ts";
import { type ReadingFindings, readingSeverities } from "./reading.ts";
import { type ServicePrincipalsFindings, servicePrincipalsSeverities } from "./servicePrincipals.ts";
import type { Severity } from "./severity.ts";
import { type WorkloadsFindings, workloadsSeverities } from "./workloads.ts";

/** What each finding carries beside its subject. The code is a promise to scripts; its wording is in `src/output/messages.ts`. */
export interface FindingArgs
  extends AccountReferencesFindings,
    AccountsFindings,
    AzureFindings,
    ClientPathFindings,
    CloudsFindings,
    ConsumersFindings,
    CredentialsFindings,
    EgressFindings,
    IdentityBindingsFindings,
    IdentitiesFindings,
    LabelPlacesFindings,
    ManagedClustersFindings,
    OwnershipFindings,
    PodIdentityFindings,
    ProofFindings,
    ReadingFindings,
    ServicePrincipalsFindings,
    WorkloadsFindings {}

export type Code = keyof FindingArgs;

/** One thing worth telling: about an object, or a place in a file, or both. */
export type Finding = {
  [C in Code]: { code: C; severity: Severity; subject?: ObjectRef; at?: FileLocation; args: FindingArgs[C] };
}[Code];

/** How grave each finding is. */
export const severities: Readonly<Record<Code, Severity>> = {
  ...accountReferencesSeverities,
  ...accountsSeverities,
  ...azureSeverities,
  ...clientPathSeverities,
  ...cloudsSeverities,
  ...consumersSeverities,
  ...credentialsSeverities,
  ...egressSeverities,
  ...identityBindingsSeverities,
  ...identitiesSeverities,
  ...labelPlacesSeverities,
  ...managedClustersSeverities,
  ...ownershipSeverities,
  ...podIdentitySeverities,
  ...proofSeverities,
  ...readingSeverities,
  ...servicePrincipalsSeverities,
  ...workloadsSeverities,
};

/** Makes a finding with the severity that its code has. */
export function finding<C extends Code>(
  code: C,
  about: { subject?: ObjectRef; at?: FileLocation },
  args: FindingArgs[C],
): Finding {
  // The mapped type ties args to code; TypeScript cannot follow that through the type parameter.
  return { code, severity: severities[code], ...about, args } as Finding;
}

/** Whether a code says that something could not be looked at, so that nobody may act on it. */
export function isNotChecked(code: string): boolean {
  return code.endsWith("-not-checked") || code === "issuer-unknown" || code === "mode-unknown";
}

export type { Severity };
