import { isClientID, readServicePrincipal } from "../core/azure/servicePrincipal.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { ApplicationSeed } from "./azure/simulatedAzure.ts";

/** The applications that AzureIdentities of type 1 and 2 name: at home in the tenant that is named first, guests in the others. */
export function applicationsOf(objects: readonly KubernetesObject[]): ApplicationSeed[] {
  const seeds = new Map<string, ApplicationSeed & { guestTenants: string[] }>();
  for (const { kind, metadata, spec = {} } of objects) {
    const { type, clientID } = spec;
    if (kind !== "AzureIdentity" || (type !== 1 && type !== 2)) continue;
    const { tenantID } = readServicePrincipal(spec);
    if (typeof clientID !== "string" || !isClientID(clientID) || tenantID === "") continue;
    const known = seeds.get(clientID.toLowerCase());
    if (known) known.guestTenants.push(tenantID);
    else
      seeds.set(clientID.toLowerCase(), {
        tenantId: tenantID,
        clientId: clientID,
        displayName: metadata.name,
        guestTenants: [],
      });
  }
  return [...seeds.values()];
}
