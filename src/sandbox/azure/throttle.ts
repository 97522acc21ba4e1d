import { type AzureOperation, type AzureRate, managedIdentityRates } from "../../core/azure/azureRates.ts";
import type { Clock } from "../../core/clock.ts";

export interface ThrottleOptions {
  rates?: Partial<Record<AzureOperation, AzureRate>>;
  /** Seconds of quiet that fill a bucket: its size is the rate times this, at least 1. */
  burstSeconds?: number;
}

/**
 * The size of the buckets is not documented. Recorded sessions wrote five times in a row to one identity unhindered, so 40 seconds
 * (ten writes to one identity) is a guess on the safe side.
 */
const defaultBurstSeconds = 40;

interface Bucket {
  tokens: number;
  filledAt: number;
}

export interface Throttle {
  /** Takes one request from the three buckets; gives the seconds to wait when one of them is empty. */
  take(operation: AzureOperation, of: { tenant: string; subscription: string; resource: string }): number | undefined;
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
