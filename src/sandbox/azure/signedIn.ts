import { azureAccess } from "../../azure/access.ts";
import { createArm } from "../../azure/arm.ts";
import type { Clock } from "../../core/clock.ts";
import type { AzureAccess } from "../../core/ports.ts";
import { inProcessHttpClient } from "./inProcessTransport.ts";
import type { SimulatedAzure } from "./simulatedAzure.ts";

const token = "sandbox";
const host = "https://management.azure.com";

/** The real ARM client on the simulated Azure, without a network, signed in for good: tokens would be held against real time. */
export function signedInAccess(azure: SimulatedAzure, clock: Clock): AzureAccess {
  azure.addAccessToken(token);
  const arm = createArm({
    cloud: { resourceManagerEndpoint: host, resourceManagerScope: `${host}/.default` },
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 86_400_000 }) },
    httpClient: inProcessHttpClient(azure.handle),
    clock,
  });
  return azureAccess(arm);
}
