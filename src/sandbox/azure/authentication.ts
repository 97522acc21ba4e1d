import { armError } from "./armErrors.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";
import type { AzureState, IssuedToken, SimulatedSubscription } from "./state.ts";

export type Authenticated = { caller: IssuedToken } | { refusal: SandboxResponse };

function challenge(request: SandboxRequest): Record<string, string> {
  return { "www-authenticate": `Bearer authorization_uri="${new URL(request.url).origin}"` };
}

/** Whose token a request carries, or ARM's refusal of it. */
export function authenticate(state: AzureState, request: SandboxRequest): Authenticated {
  const refuse = (code: string, message: string) => ({ refusal: armError(401, code, message, challenge(request)) });
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) {
    return refuse("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
  }
  const caller = state.tokens.get(token);
  if (caller === undefined) return refuse("InvalidAuthenticationToken", "The access token is invalid.");
  if (caller.expiresAt <= state.clock.now()) {
    return refuse("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.");
  }
  return { caller };
}

/** ARM's refusal of a token that is for something else, as for Microsoft Graph. */
export function refuseOtherAudience(state: AzureState, { scope }: IssuedToken): SandboxResponse | undefined {
  const audience = scope.replace(/\/\.default$/, "");
  const allowed = state.resourceManagerAudience;
  if (allowed === undefined || scope === "" || audience === allowed) return undefined;
  return armError(
    401,
    "InvalidAuthenticationTokenAudience",
    `The access token has been obtained for wrong audience or resource '${audience}'. It should exactly match with one of the allowed audiences '${allowed}'.`,
  );
}

/** ARM's refusal of a token from another tenant than the subscription's. */
export function refuseOtherTenant(
  caller: IssuedToken,
  { tenantId }: SimulatedSubscription,
): SandboxResponse | undefined {
  if (caller.tenantId === "" || caller.tenantId.toLowerCase() === tenantId.toLowerCase()) return undefined;
  const sts = (tenant: string) => `https://sts.windows.net/${tenant}/`;
  return armError(
    401,
    "InvalidAuthenticationTokenTenant",
    `The access token is from the wrong issuer '${sts(caller.tenantId)}'. It must match the tenant '${sts(tenantId)}' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${tenantId}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
    {
      "www-authenticate": `Bearer authorization_uri="https://login.windows.net/${tenantId}", error="invalid_token", error_description="The access token is from the wrong issuer. It must match the tenant associated with this subscription. Please use correct authority to get the token."`,
    },
  );
}
