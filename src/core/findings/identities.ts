import type { Severity } from "./severity.ts";

/** What is told of where managed identities are, and whose they are. */
export interface IdentitiesFindings {
  /** `azureIdentity`: NAMESPACE/NAME; absent where the config file has it. */
  "client-id-not-a-guid": { clientID: string; azureIdentity?: string };
  "identity-moved": { clientID: string; from: string; to: string };
  "identity-found-by-client-id": { clientID: string; from: string; to: string };
  /** `cluster`: the tenant of the cluster. */
  "identity-in-other-tenant": { principal: string; tenantID: string; cluster: string };
  "subscription-not-checked": { resourceID: string; subscription: string; reason: string };
}

export const identitiesSeverities: Readonly<Record<keyof IdentitiesFindings, Severity>> = {
  "client-id-not-a-guid": "error",
  "identity-moved": "warning",
  "identity-found-by-client-id": "info",
  "identity-in-other-tenant": "warning",
  "subscription-not-checked": "warning",
};
