import type { Step } from "../model.ts";
import { managedIdentityRates, subscriptionOf } from "./azureRates.ts";

/** What writing federated credentials to managed identities amounts to. */
export interface AzureEstimate {
  credentials: number;
  identities: number;
  subscriptions: number;
  /**
   * No run is faster where Azure holds its callers to the documented rates: the most that one identity, one subscription or all
   * of them together take.
   */
  seconds: number;
}

/**
 * Of the steps that this tool carries out; undefined where there is no such write. Credentials of applications are not counted:
 * Microsoft Graph documents no rate for them.
 */
export function estimateAzure(steps: readonly Step[]): AzureEstimate | undefined {
  const perIdentity = new Map<string, number>();
  const perSubscription = new Map<string, number>();
  let credentials = 0;
  for (const step of steps) {
    if (step.op !== "trust" || step.target.kind !== "FederatedIdentityCredential") continue;
    const { principal } = step.target;
    const subscription = subscriptionOf(principal);
    if (subscription === undefined) continue;
    credentials += 1;
    add(perIdentity, principal);
    add(perSubscription, subscription);
  }
  if (credentials === 0) return undefined;
  const { tenant, subscription, resource } = managedIdentityRates.createOrUpdate;
  const seconds = Math.max(
    largest(perIdentity) / resource,
    largest(perSubscription) / subscription,
    credentials / tenant,
  );
  return {
    credentials,
    identities: perIdentity.size,
    subscriptions: perSubscription.size,
    seconds: Math.ceil(seconds),
  };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function largest(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((most, one) => Math.max(most, one), 0);
}
