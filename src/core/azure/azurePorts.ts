import type { TokenExchange } from "../exchange/tokenExchange.ts";
import type { FederatedCredential, IdentityBinding } from "../model.ts";

/**
 * Azure behind its interfaces, one a concern; `AzureAccess` joins them. Every method throws `ApiError` for what Azure refuses and
 * for what never reached it, and `AzureSignInError` where nobody is signed in. Nothing is retried here: the engine does that.
 */
export interface AzureAccess
  extends ApplicationAccess,
    CredentialAccess,
    IdentityBindingAccess,
    IdentitySearch,
    ManagedClusterAccess,
    PermissionAccess,
    RoleAssignmentAccess,
    TokenExchange {}

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

/** An application as the tenant knows it that the caller is signed in to. */
export interface Application {
  clientID: string;
  /** Where its app registration is, when that is another tenant: here is no more than a service principal of it. */
  homeTenant?: string;
}

export interface ApplicationAccess {
  /** Undefined where the tenant knows no application with this client id. */
  getApplication(clientID: string): Promise<Application | undefined>;
}

/**
 * Managed identities, and the federated credentials of principals: of a managed identity by its resource id, in any case, and of
 * an application by its client id.
 */
export interface CredentialAccess {
  /** Undefined where Azure has no such identity. */
  getIdentity(resourceId: string): Promise<ManagedIdentity | undefined>;
  /** All pages. */
  listCredentials(principal: string): Promise<FederatedCredential[]>;
  /** Undefined where the principal has none of that name. */
  getCredential(principal: string, name: string): Promise<FederatedCredential | undefined>;
  /** Creates, or in ARM replaces: read before, it has no precondition. Gives back what Azure stored. */
  putCredential(principal: string, credential: FederatedCredential): Promise<FederatedCredential>;
  deleteCredential(principal: string, name: string): Promise<void>;
}

export interface Subscription {
  id: string;
  name: string;
  tenantID: string;
}

/** Where the caller sees identities. What it does not see, none of these tells of. */
export interface IdentitySearch {
  listSubscriptions(): Promise<Subscription[]>;
  /**
   * The identities that have one of these client ids, over these subscriptions or all that the caller sees, through Azure
   * Resource Graph: it is some minutes behind, and not there in every cloud.
   */
  queryIdentities(clientIDs: readonly string[], among: SearchScope): Promise<ManagedIdentity[]>;
  /** All identities of a subscription. */
  listIdentities(subscription: string): Promise<ManagedIdentity[]>;
}

export interface SearchScope {
  /** Ids of subscriptions; absent: all that the caller sees. */
  subscriptions?: readonly string[];
}

/** What ARM says of an AKS cluster that decides about workload identity. */
export interface ManagedCluster {
  id: string;
  /** Verbatim, with its trailing slash; absent while the issuer is not enabled. */
  issuer?: string;
  workloadIdentityEnabled: boolean;
  /** The hosts that its API server has, in lower case; none for some private clusters. */
  hosts: string[];
  nodeResourceGroup?: string;
  kubernetesVersion?: string;
  /** Of the cluster's own identity; absent for one with a service principal. */
  tenantID?: string;
  /** The pod identity add-on; absent where the cluster never had it. */
  podIdentity?: { enabled: boolean; identities: number };
  /** The API server is in the cluster's own virtual network, where identity bindings do not work. */
  apiServerVnetIntegration: boolean;
  /** AKS Automatic, which comes with the issuer and workload identity. */
  automatic: boolean;
}

export interface ManagedClusterAccess {
  /** By resource id in any case. */
  getManagedCluster(resourceId: string): Promise<ManagedCluster>;
  /** Ids of the clusters whose API server has one of these hosts (lower case), through Azure Resource Graph. */
  queryManagedClusters(hosts: readonly string[], among: SearchScope): Promise<{ id: string; hosts: string[] }[]>;
  /** All clusters of a subscription. */
  listManagedClusters(subscription: string): Promise<ManagedCluster[]>;
  /** `managedBy` is the resource that made it, as the AKS cluster for its node resource group; undefined where there is none. */
  getResourceGroup(subscription: string, name: string): Promise<{ managedBy?: string } | undefined>;
}

/** What one role gives: its actions less its own `notActions`, each with `*` as a wildcard. Several add up. */
export interface AzurePermission {
  actions: string[];
  notActions: string[];
}

/** Who the caller is, as far as the access token tells: an opaque one tells nothing. */
export interface SignedInAs {
  /** As `--cloud` names it. */
  cloud: string;
  tenantID?: string;
  /** Of the user or the service principal, which role assignments name. */
  objectID?: string;
  /** The application's: of a user's token the program that signed in for them. */
  clientID?: string;
  userName?: string;
  type?: "app" | "user";
}

export interface PermissionAccess {
  /** At a resource group or a resource, by its id in any case. What a deny assignment or a policy forbids does not show. */
  listPermissions(scope: string): Promise<AzurePermission[]>;
  /** As Azure Resource Manager sees it. Told, never trusted. */
  signedInAs(): Promise<SignedInAs>;
}

/** What ARM does in the background after it has answered; `status` ends as Succeeded, Failed or Canceled. */
export interface BackgroundOperation {
  status: string;
  /** In ARM's words, where it failed. */
  error?: { code?: string; message?: string };
}

/** Identity bindings of AKS clusters, each by its resource id in any case. */
export interface IdentityBindingAccess {
  /** All pages. */
  listIdentityBindings(cluster: string): Promise<IdentityBinding[]>;
  /**
   * Creates or replaces one, which goes on in the background. Gives back the URL that tells how it goes, where ARM names one.
   * AKS writes its one credential to the identity meanwhile.
   */
  putIdentityBinding(
    cluster: string,
    binding: Pick<IdentityBinding, "name" | "principal">,
  ): Promise<{ operation?: string }>;
  getOperation(url: string): Promise<BackgroundOperation>;
}

/** A role that a principal has: the role's name, and where. */
export interface RoleAssignment {
  role: string;
  scope: string;
}

export interface RoleAssignmentAccess {
  /** What a principal (by its object id) has in a subscription, above it and below, as far as the caller may see. */
  listRoleAssignments(subscription: string, principal: string): Promise<RoleAssignment[]>;
}
