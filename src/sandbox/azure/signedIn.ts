import { createAzureAccess } from "../../azure/access.ts";
import type { AzureAccess } from "../../core/azurePorts.ts";
import type { Clock } from "../../core/clock.ts";
import { inProcessHttpClient } from "./inProcessTransport.ts";
import type { SimulatedAzure } from "./simulatedAzure.ts";

const token = "sandbox";
const resourceManager = "https://management.azure.com";

/** The real clients on the simulated Azure, without a network, signed in for good: tokens would be held against real time. */
export function signedInAccess(azure: SimulatedAzure, clock: Clock): AzureAccess {
  azure.addAccessToken(token);
  return createAzureAccess({
    cloud: {
      authorityHost: "https://login.microsoftonline.com",
      resourceManagerEndpoint: resourceManager,
      resourceManagerScope: `${resourceManager}/.default`,
      graphEndpoint: "https://graph.microsoft.com",
    },
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 86_400_000 }) },
    httpClient: inProcessHttpClient(azure.handle),
    clock,
  });
}
