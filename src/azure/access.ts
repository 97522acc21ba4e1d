import type { AzureAccess } from "../core/ports.ts";
import type { Arm } from "./arm.ts";
import { AzureError } from "./azureError.ts";

/** What the core and the engine need of ARM. Flexible credentials have no subject and can match nothing exactly: theirs is "". */
export function azureAccess(arm: Arm, signal?: AbortSignal): AzureAccess {
  const options = signal ? { signal } : {};
  return {
    async getIdentity(resourceId) {
      try {
        const { clientId, tenantId } = await arm.getIdentity(resourceId, options);
        return { clientID: clientId, tenantID: tenantId };
      } catch (error) {
        if (error instanceof AzureError && error.kind === "notFound") return undefined;
        throw error;
      }
    },
    async listCredentials(resourceId) {
      const credentials = await arm.listFederatedCredentials(resourceId, options);
      return credentials.map(({ name, issuer, subject = "", audiences }) => ({
        name,
        issuer,
        subject,
        audience: audiences.join(","),
      }));
    },
    async putCredential(resourceId, { name, issuer, subject, audience }) {
      await arm.putFederatedCredential(resourceId, name, { issuer, subject, audience });
    },
    async deleteCredential(resourceId, name) {
      await arm.deleteFederatedCredential(resourceId, name);
    },
  };
}
