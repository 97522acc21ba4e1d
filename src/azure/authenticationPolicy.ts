import type { TokenCredential } from "@azure/core-auth";
import {
  bearerTokenAuthenticationPolicy,
  bearerTokenAuthenticationPolicyName,
  type PipelinePolicy,
} from "@azure/core-rest-pipeline";
import { isForgetful } from "./keptTokens.ts";

/** A new token may help. It does not where this one is from another tenant. */
const refusedToken = /"code"\s*:\s*"(Expired|Invalid)AuthenticationToken"/;

/**
 * Puts the token on every request, as the clients' own policy of that name, but
 * - tokens are kept by the credential alone. The clients' policy keeps its own until two minutes before their end,
 *   whatever the server says of them;
 * - a token that the server refuses is forgotten, so that whoever asks again asks with a new one. Nothing is sent twice,
 *   but for a claims challenge.
 */
export function authenticationPolicy({
  credential,
  scope,
}: {
  credential: TokenCredential;
  scope: string;
}): PipelinePolicy {
  const bearer = bearerTokenAuthenticationPolicy({
    credential,
    scopes: scope,
    challengeCallbacks: {
      async authorizeRequest({ scopes, request }) {
        const { abortSignal, tracingOptions } = request;
        const token = await credential.getToken(scopes, {
          enableCae: true,
          ...(abortSignal === undefined ? {} : { abortSignal }),
          ...(tracingOptions === undefined ? {} : { tracingOptions }),
        });
        if (token) request.headers.set("Authorization", `Bearer ${token.token}`);
      },
    },
  });
  return {
    name: bearerTokenAuthenticationPolicyName,
    async sendRequest(request, next) {
      const response = await bearer.sendRequest(request, next);
      const token = /^Bearer (.+)$/.exec(request.headers.get("Authorization") ?? "")?.[1];
      const isRefused = response.status === 401 && refusedToken.test(response.bodyAsText ?? "");
      if (isRefused && token !== undefined && isForgetful(credential)) credential.forget(token);
      return response;
    },
  };
}
