import type { CredentialAccess } from "../core/azure/azurePorts.ts";
import type { FederatedCredential } from "../core/model.ts";
import type { Arm, ArmFederatedCredential } from "./arm.ts";
import { unlessNotFound } from "./azureError.ts";

/** What the core and the engine need of managed identities in ARM. */
export function credentialAccess(arm: Arm, signal?: AbortSignal): CredentialAccess {
  const options = signal ? { signal } : {};
  return {
    getIdentity: resourceId =>
      unlessNotFound(async () => {
        const { clientId, tenantId, principalId, location } = await arm.getIdentity(resourceId, options);
        return {
          id: resourceId.toLowerCase(),
          clientID: clientId,
          tenantID: tenantId,
          principalID: principalId,
          location,
        };
      }),
    async listCredentials(resourceId) {
      return (await arm.listFederatedCredentials(resourceId, options)).map(plain);
    },
    getCredential: (resourceId, name) =>
      unlessNotFound(async () => plain(await arm.getFederatedCredential(resourceId, name, options))),
    async putCredential(resourceId, { name, issuer, subject, audience }) {
      return plain(await arm.putFederatedCredential(resourceId, name, { issuer, subject, audience }));
    },
    async deleteCredential(resourceId, name) {
      await arm.deleteFederatedCredential(resourceId, name);
    },
  };
}

/** Flexible credentials have no subject and can match nothing exactly: theirs is "". */
function plain({ name, issuer, subject = "", audiences }: ArmFederatedCredential): FederatedCredential {
  return { name, issuer, subject, audience: audiences.join(",") };
}
