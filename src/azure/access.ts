import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { Clock } from "../core/clock.ts";
import { applicationAccess } from "./applications.ts";
import { createArm } from "./arm.ts";
import { AzureError } from "./azureError.ts";
import type { Cloud } from "./clouds.ts";
import { credentialAccess } from "./credentialAccess.ts";
import { tokenExchange } from "./exchange.ts";
import { identityBindingAccess } from "./identityBindings.ts";
import { identitySearch } from "./identitySearch.ts";
import { managedClusterAccess } from "./managedCluster.ts";
import { listPermissions } from "./permissions.ts";
import { createRest } from "./rest.ts";
import { roleAssignmentAccess } from "./roleAssignments.ts";
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
  const { getIdentity, ...ofIdentities } = credentialAccess(createArm(options), signal);
  const { graphEndpoint } = cloud;
  const graph =
    graphEndpoint && createRest({ ...rest, signal, endpoint: graphEndpoint, scope: `${graphEndpoint}/.default` });
  const { getApplication, ...ofApplications } = applicationAccess(() => graph || withoutGraph(cloud));
  const credentialsOf = (principal: string) => (principal.startsWith("/") ? ofIdentities : ofApplications);
  return {
    getIdentity,
    getApplication,
    listCredentials: principal => credentialsOf(principal).listCredentials(principal),
    getCredential: (principal, name) => credentialsOf(principal).getCredential(principal, name),
    putCredential: (principal, credential) => credentialsOf(principal).putCredential(principal, credential),
    deleteCredential: (principal, name) => credentialsOf(principal).deleteCredential(principal, name),
    ...identityBindingAccess(arm),
    ...identitySearch(arm),
    ...managedClusterAccess(arm),
    ...roleAssignmentAccess(arm),
    ...tokenExchange(options),
    listPermissions: scope => listPermissions(arm, scope),
    signedInAs: () => signedInAs(options.credential, cloud),
  };
}

function withoutGraph({ name }: Pick<Cloud, "name">): never {
  throw new AzureError(
    `The cloud ${name} has no microsoftGraphEndpoint in its file, without which applications (service principals) cannot be reached.`,
    { kind: "badRequest" },
  );
}
