import type { Clock } from "../../core/clock.ts";

export interface ClaimsMatchingExpression {
  languageVersion: number;
  value: string;
}

/** A federated credential of a managed identity or of an application. */
export interface SimulatedCredential {
  name: string;
  issuer: string;
  subject: string;
  audience: string;
  /** Milliseconds since the epoch from which a token exchange can see it. */
  visibleFrom: number;
  /** What claims must be, in place of `subject`, which is then "". Previews of ARM have it. */
  claimsMatchingExpression?: ClaimsMatchingExpression;
  /** In Graph only, which gives it when it first shows the credential. */
  id?: string;
  /** In Graph only. */
  description?: string;
}

export interface SimulatedIdentity {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  location: string;
  tags: Record<string, string>;
  tenantId: string;
  principalId: string;
  clientId: string;
  /** In the order of their creation, as the service lists them. */
  credentials: SimulatedCredential[];
  /** True while a write to one of its credentials has been taken and not yet answered. */
  writeInFlight: boolean;
  /** Resource ids of what has it assigned, beside the machines that are simulated. */
  associatedResources?: readonly string[];
}

/** A virtual machine, or a scale set of them. */
export interface SimulatedMachine {
  type: "Microsoft.Compute/virtualMachineScaleSets" | "Microsoft.Compute/virtualMachines";
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  location: string;
  /** Resource ids of its user-assigned identities. */
  identities: string[];
}

/** A lock on a scope and everything below. */
export interface SimulatedLock {
  scope: string;
  level: "CanNotDelete" | "ReadOnly";
}

/** An assignment of a policy that denies resources of one type below a scope. */
export interface SimulatedPolicyAssignment {
  name: string;
  displayName: string;
  scope: string;
  definitionName: string;
  deniedType: string;
}

export interface SimulatedManagedCluster {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  location: string;
  /** `properties` of the ARM resource, on the wire's names. */
  properties: Record<string, unknown>;
  /** What the resource has beside them: `sku`, `identity`, `kind`. */
  resource?: Record<string, unknown>;
}

/** An AKS identity binding. */
export interface SimulatedIdentityBinding {
  /** Resource id of the cluster. */
  cluster: string;
  name: string;
  identity: SimulatedIdentity;
  /** Of the write that made it what it is. */
  operation: string;
  /** Milliseconds since the epoch at which AKS is through with it. */
  readyAt: number;
  error?: { code: string; message: string };
}

export interface IdentityBindingsState {
  bindings: SimulatedIdentityBinding[];
  /** How long AKS goes on after the answer to a write. */
  milliseconds: number;
  /** Whether the subscriptions have registered the preview. */
  preview: "registered" | "unregistered";
  /** The api-versions that the provider offers; none: it does not know the type. */
  versions: readonly string[];
}

/** An app registration that signs in with a secret or, through a federated credential, with an assertion. */
export interface SimulatedApplication {
  tenantId: string;
  clientId: string;
  /** Of the app registration itself. */
  objectId: string;
  /** Object id of its service principal, which role assignments name. */
  principalId: string;
  displayName: string;
  /** Other tenants that have a service principal of it. */
  guestTenants?: readonly string[];
  secrets: string[];
  /** Those of its secrets that have expired. */
  expiredSecrets: string[];
  /** How long its tokens live. */
  tokenSeconds: number;
  credentials: SimulatedCredential[];
}

export interface SimulatedResourceGroup {
  name: string;
  location: string;
  tags: Record<string, string>;
  /** The resource id of what made it, as of the AKS cluster for a node resource group. */
  managedBy?: string;
}

export interface SimulatedSubscription {
  subscriptionId: string;
  displayName: string;
  tenantId: string;
  /** By lower-case name. */
  resourceGroups: Map<string, SimulatedResourceGroup>;
}

export interface SimulatedRoleDefinition {
  /** Its GUID: the last part of its resource id. */
  name: string;
  roleName: string;
  type: "BuiltInRole" | "CustomRole";
  actions: readonly string[];
  notActions: readonly string[];
  dataActions: readonly string[];
  notDataActions: readonly string[];
  assignableScopes: readonly string[];
}

export interface SimulatedRoleAssignment {
  /** Its GUID: the last part of its resource id. */
  name: string;
  /** `/`, a subscription, a resource group or a resource; it counts for everything below. */
  scope: string;
  principalId: string;
  principalType: "ServicePrincipal" | "User" | "Group";
  /** `name` of the role definition. */
  roleDefinition: string;
}

/** Who a token speaks for. */
export interface IssuedToken {
  clientId: string;
  /** Object id of the service principal; "" for a token that nobody's rights limit. */
  principalId: string;
  /** "" for a token that every tenant takes. */
  tenantId: string;
  scope: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Of a person, as `az` is signed in as one. */
  userName?: string;
}

/** Everything that the simulated Azure remembers. */
export interface AzureState {
  clock: Clock;
  /** By lower-case id. */
  subscriptions: Map<string, SimulatedSubscription>;
  identities: SimulatedIdentity[];
  managedClusters: SimulatedManagedCluster[];
  identityBindings: IdentityBindingsState;
  machines: SimulatedMachine[];
  /** What becomes of an identity that is assigned to a machine and is not there; Azure refuses it. */
  unknownIdentities: "refused" | "assigned";
  applications: SimulatedApplication[];
  roleDefinitions: SimulatedRoleDefinition[];
  roleAssignments: SimulatedRoleAssignment[];
  locks: SimulatedLock[];
  policyAssignments: SimulatedPolicyAssignment[];
  /** `off`: everybody may do everything; else what role assignments give, with 403 for the rest. */
  accessControl: "off" | "roleAssignments";
  /** By the access token itself. */
  tokens: Map<string, IssuedToken>;
  /** How long a write of a federated credential takes. */
  writeMilliseconds: number;
  /** How long after its write a federated credential stays unseen by token exchanges. */
  propagationMilliseconds: number;
  /** The most items that one page of a list carries. */
  pageSize: number;
  /** How a second credential with the same issuer and subject is refused: the two forms that are reported. */
  duplicateAnswer: "badRequest" | "conflict";
  /** The audience that tokens for Azure Resource Manager must have; undefined where any will do. */
  resourceManagerAudience: string | undefined;
  /** How an assertion that no credential matches is refused: naming what differs, or in the older form that names nothing. */
  mismatchAnswer: "precise" | "generic";
  /** Numbers the ids of requests, traces and tokens, so that a run can be repeated exactly. */
  nextId(): string;
}

/** True when two ARM names are the same one: ARM compares them without regard to case. */
export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** The tenants in which an application can sign in, its home first. */
export function tenantsOf({
  tenantId,
  guestTenants = [],
}: Pick<SimulatedApplication, "tenantId" | "guestTenants">): string[] {
  return [tenantId, ...guestTenants];
}

/** Makes the subscription known when it is not. */
export function ensureSubscription(
  state: AzureState,
  { subscriptionId, tenantId }: { subscriptionId: string; tenantId: string },
): SimulatedSubscription {
  const key = subscriptionId.toLowerCase();
  const known = state.subscriptions.get(key);
  if (known) return known;
  const made = { subscriptionId, tenantId, displayName: `Subscription ${subscriptionId}`, resourceGroups: new Map() };
  state.subscriptions.set(key, made);
  return made;
}

/** Makes the subscription and the resource group known when they are not, as every resource needs both. */
export function ensureResourceGroup(
  state: AzureState,
  place: { subscriptionId: string; tenantId: string; resourceGroup: string; location: string },
): SimulatedResourceGroup {
  const { resourceGroups } = ensureSubscription(state, place);
  const key = place.resourceGroup.toLowerCase();
  const known = resourceGroups.get(key);
  if (known) return known;
  const made = { name: place.resourceGroup, location: place.location, tags: {} };
  resourceGroups.set(key, made);
  return made;
}
