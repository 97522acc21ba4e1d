import type { Clock } from "../../core/clock.ts";

/** A federated credential of a managed identity or of an application. */
export interface SimulatedCredential {
  name: string;
  issuer: string;
  subject: string;
  audience: string;
  /** Milliseconds since the epoch from which a token exchange can see it. */
  visibleFrom: number;
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
}

export interface SimulatedManagedCluster {
  subscriptionId: string;
  resourceGroup: string;
  name: string;
  location: string;
  /** `properties` of the ARM resource, on the wire's names. */
  properties: Record<string, unknown>;
}

/** An app registration that signs in with a secret or, through a federated credential, with an assertion. */
export interface SimulatedApplication {
  tenantId: string;
  clientId: string;
  displayName: string;
  secrets: string[];
  credentials: SimulatedCredential[];
}

export interface SimulatedSubscription {
  subscriptionId: string;
  tenantId: string;
  /** By lower-case name. */
  resourceGroups: Map<string, { name: string; location: string }>;
}

export interface IssuedToken {
  clientId: string;
  tenantId: string;
  scope: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Everything that the simulated Azure remembers. */
export interface AzureState {
  clock: Clock;
  /** By lower-case id. */
  subscriptions: Map<string, SimulatedSubscription>;
  identities: SimulatedIdentity[];
  managedClusters: SimulatedManagedCluster[];
  applications: SimulatedApplication[];
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
  /** Numbers the ids of requests, traces and tokens, so that a run can be repeated exactly. */
  nextId(): string;
}

/** True when two ARM names are the same one: ARM compares them without regard to case. */
export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Makes the subscription and the resource group known when they are not, as every resource needs both. */
export function ensureResourceGroup(
  state: AzureState,
  place: { subscriptionId: string; tenantId: string; resourceGroup: string; location: string },
): void {
  const key = place.subscriptionId.toLowerCase();
  const subscription = state.subscriptions.get(key) ?? {
    subscriptionId: place.subscriptionId,
    tenantId: place.tenantId,
    resourceGroups: new Map(),
  };
  state.subscriptions.set(key, subscription);
  const groupKey = place.resourceGroup.toLowerCase();
  if (!subscription.resourceGroups.has(groupKey)) {
    subscription.resourceGroups.set(groupKey, { name: place.resourceGroup, location: place.location });
  }
}
