import type { FederatedCredential } from "./model.ts";

/**
 * Azure behind its interfaces, one a concern; `AzureAccess` joins them. Every method throws `ApiError` for what Azure refuses and
 * for what never reached it, and `AzureSignInError` where nobody is signed in. Nothing is retried here: the engine does that.
 */
export interface AzureAccess extends CredentialAccess, ManagedClusterAccess {}

/** A user-assigned managed identity, as ARM has it. */
export interface ManagedIdentity {
  /** Resource id in lower case. */
  id: string;
  clientID: string;
  /** The object id of its service principal, which role assignments name. */
  principalID: string;
  tenantID: string;
  /** The region, which decides whether federated credentials are supported. */
  location: string;
}

/** Managed identities and the federated credentials of principals: a managed identity by its resource id, in any case. */
export interface CredentialAccess {
  /** Undefined where Azure has no such identity. */
  getIdentity(resourceId: string): Promise<ManagedIdentity | undefined>;
  /** All pages. */
  listCredentials(principal: string): Promise<FederatedCredential[]>;
  /** Undefined where the principal has none of that name. */
  getCredential(principal: string, name: string): Promise<FederatedCredential | undefined>;
  /** Creates or replaces: read before, it has no precondition. Gives back what Azure stored. */
  putCredential(principal: string, credential: FederatedCredential): Promise<FederatedCredential>;
  deleteCredential(principal: string, name: string): Promise<void>;
}

/** What ARM says of an AKS cluster that decides about workload identity. */
export interface ManagedCluster {
  id: string;
  /** Verbatim, with its trailing slash; absent while the issuer is not enabled. */
  issuer?: string;
  workloadIdentityEnabled: boolean;
  /** The API server's host; absent for some private clusters. */
  fqdn?: string;
  privateFqdn?: string;
  nodeResourceGroup?: string;
}

export interface ManagedClusterAccess {
  /** By resource id in any case. */
  getManagedCluster(resourceId: string): Promise<ManagedCluster>;
}
