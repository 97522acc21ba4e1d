import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { AzureAccess } from "../core/azurePorts.ts";
import type { Clock } from "../core/clock.ts";
import { createArm } from "./arm.ts";
import type { Cloud } from "./clouds.ts";
import { credentialAccess } from "./credentialAccess.ts";
import { tokenExchange } from "./exchange.ts";
import { identityBindingAccess } from "./identityBindings.ts";
import { identitySearch } from "./identitySearch.ts";
import { managedClusterAccess } from "./managedCluster.ts";
import { listPermissions } from "./permissions.ts";
import { createRest } from "./rest.ts";
import { signedInAs } from "./signedInAs.ts";

export interface AzureAccessOptions {
  cloud: Pick<Cloud, "name" | "authorityHost" | "resourceManagerEndpoint" | "resourceManagerScope" | "graphEndpoint">;
  credential: TokenCredential;
  /** Carries the requests instead of Node's own HTTPS, as in `rehearse`. */
  httpClient?: HttpClient;
  clock?: Pick<Clock, "now">;
  signal?: AbortSignal;
}

/** Everything that the core and the engine ask of Azure, for one cloud and one sign-in. */
export function createAzureAccess(options: AzureAccessOptions): AzureAccess {
  const { cloud, signal, ...rest } = options;
  const arm = createRest({
    ...rest,
    signal,
    endpoint: cloud.resourceManagerEndpoint,
    scope: cloud.resourceManagerScope,
  });
  return {
    ...credentialAccess(createArm(options), signal),
    ...identityBindingAccess(arm),
    ...identitySearch(arm),
    ...managedClusterAccess(arm),
    exchangeToken: tokenExchange(options),
    listPermissions: scope => listPermissions(arm, scope),
    signedInAs: () => signedInAs(options.credential, cloud),
  };
}
