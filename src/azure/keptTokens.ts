import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import type { Clock } from "../core/clock.ts";

/** A token with less than this left is fetched anew, as MSAL does. */
const renewMilliseconds = 300_000;

/** A credential that can be told that a token of its own was refused. */
export interface ForgetfulCredential extends TokenCredential {
  forget(token: string): void;
}

export function isForgetful(credential: TokenCredential): credential is ForgetfulCredential {
  return "forget" in credential && typeof credential.forget === "function";
}

export type TokenSource = (scopes: string | string[], options: GetTokenOptions) => Promise<AccessToken>;

/**
 * A credential that keeps its tokens, so that many clients of one run sign in once:
 * - `az` is not started for every call, and parallel first calls share one sign-in (@azure/identity does neither);
 * - while a token is valid, a failure to renew it is not reported. An Azure client renews in the background from two
 *   minutes before the end, and a rejection there is nobody's: it would end the process;
 * - a token that was refused before its end, as when this machine's clock is behind, is fetched anew. `startAfresh` is
 *   called before, since a source may keep tokens too.
 */
export function keepTokens(
  source: TokenSource,
  clock: Pick<Clock, "now">,
  startAfresh: () => void = () => {},
): ForgetfulCredential {
  const kept = new Map<string, AccessToken>();
  const underWay = new Map<string, Promise<AccessToken>>();

  async function fetchToken(key: string, scopes: string | string[], options: GetTokenOptions): Promise<AccessToken> {
    try {
      const token = await source(scopes, options);
      kept.set(key, token);
      return token;
    } catch (error) {
      const old = kept.get(key);
      const revoked = options.claims !== undefined;
      if (old !== undefined && !revoked && old.expiresOnTimestamp > clock.now()) return old;
      throw error;
    }
  }

  return {
    forget(refused) {
      for (const [key, { token }] of kept) {
        if (token !== refused) continue;
        kept.delete(key);
        startAfresh();
      }
    },
    getToken(scopes, options = {}) {
      const { claims, tenantId, enableCae } = options;
      const key = JSON.stringify([[scopes].flat(), tenantId, enableCae, claims]);
      // A claims challenge means that the kept token was refused.
      const plainKey = JSON.stringify([[scopes].flat(), tenantId, enableCae, undefined]);
      if (claims !== undefined) kept.delete(plainKey);
      const token = kept.get(plainKey);
      const renewAt = Math.min(
        (token?.expiresOnTimestamp ?? 0) - renewMilliseconds,
        token?.refreshAfterTimestamp ?? Number.POSITIVE_INFINITY,
      );
      if (token !== undefined && clock.now() < renewAt) return Promise.resolve(token);
      const running = underWay.get(key);
      if (running) return running;
      // One caller's abort must not end the sign-in of the others.
      const { abortSignal: _, ...shared } = options;
      const started = fetchToken(plainKey, scopes, shared).finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}
