import { createAzureAccess } from "../../azure/access.ts";
import type { AzureAccess } from "../../core/azure/azurePorts.ts";
import type { Clock } from "../../core/clock.ts";
import { inProcessHttpClient } from "./inProcessTransport.ts";
import type { SimulatedAzure } from "./simulatedAzure.ts";
import type { IssuedToken } from "./state.ts";

const resourceManager = "https://management.azure.com";
/** Tokens would be held against real time, on which the sandbox's clock is not. */
const farAway = Date.UTC(2100, 0);

/**
 * The real clients on the simulated Azure, without a network, signed in for good: as somebody who may do everything, or
 * as whom `speaksFor` names.
 */
export function signedInAccess(
  azure: SimulatedAzure,
  clock: Clock,
  speaksFor: Partial<Omit<IssuedToken, "scope" | "expiresAt">> = {},
): AzureAccess {
  const tokens = new Map<string, string>();
  return createAzureAccess({
    cloud: {
      name: "simulated",
      authorityHost: "https://login.microsoftonline.com",
      resourceManagerEndpoint: resourceManager,
      resourceManagerScope: `${resourceManager}/.default`,
      graphEndpoint: "https://graph.microsoft.com",
    },
    credential: {
      async getToken(scopes) {
        const scope = [scopes].flat().join(" ");
        const token = tokens.get(scope) ?? azure.issueAccessToken({ ...speaksFor, scope, expiresAt: farAway });
        tokens.set(scope, token);
        return { token, expiresOnTimestamp: farAway };
      },
    },
    httpClient: inProcessHttpClient(azure.handle),
    clock,
  });
}
