import type { Clock } from "../../core/clock.ts";

export type ThrottledOperation = "createOrUpdate" | "get" | "list" | "delete";

/** Requests a second that a resource provider admits, counted for each of the three at once. */
export interface ThrottleRate {
  tenant: number;
  subscription: number;
  resource: number;
}

export interface ThrottleOptions {
  rates?: Partial<Record<ThrottledOperation, ThrottleRate>>;
  /** Seconds of quiet that fill a bucket: its size is the rate times this, at least 1. */
  burstSeconds?: number;
}

/**
 * What Microsoft documents for Microsoft.ManagedIdentity ("considerations" page of the federated credentials).
 * The size of the buckets is not documented. Recorded sessions wrote five times in a row to one identity unhindered,
 * so 40 seconds (ten writes to one identity) is a guess on the safe side.
 */
export const managedIdentityRates: Readonly<Record<ThrottledOperation, ThrottleRate>> = {
  createOrUpdate: { tenant: 10, subscription: 2, resource: 0.25 },
  get: { tenant: 30, subscription: 10, resource: 0.5 },
  list: { tenant: 15, subscription: 5, resource: 0.25 },
  delete: { tenant: 10, subscription: 2, resource: 0.25 },
};
const defaultBurstSeconds = 40;

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface Throttle {
  /** Takes one request from the three buckets; gives the seconds to wait when one of them is empty. */
  take(
    operation: ThrottledOperation,
    of: { tenant: string; subscription: string; resource: string },
  ): number | undefined;
}

/** Token buckets on the clock given. */
export function createThrottle(clock: Clock, options: ThrottleOptions): Throttle {
  const buckets = new Map<string, Bucket>();
  const burst = options.burstSeconds ?? defaultBurstSeconds;

  function fill(key: string, rate: number): Bucket {
    const now = clock.now();
    const size = Math.max(1, rate * burst);
    const known = buckets.get(key);
    const tokens = known === undefined ? size : Math.min(size, known.tokens + (rate * (now - known.filledAt)) / 1000);
    const bucket = { tokens, filledAt: now };
    buckets.set(key, bucket);
    return bucket;
  }

  return {
    take(operation, of) {
      const rates = options.rates?.[operation] ?? managedIdentityRates[operation];
      const taken = (["tenant", "subscription", "resource"] as const).map(level => {
        const bucket = fill(`${operation}|${level}|${of[level].toLowerCase()}`, rates[level]);
        // A thousandth of slack, so that waiting exactly the seconds named is always enough despite rounding.
        return { bucket, waitSeconds: Math.max(0, (1 - bucket.tokens - 0.001) / rates[level]) };
      });
      const wait = Math.max(...taken.map(one => one.waitSeconds));
      if (wait > 0) return Math.ceil(wait);
      for (const { bucket } of taken) bucket.tokens -= 1;
      return undefined;
    },
  };
}
