import type { ServicePrincipalsFindings } from "../../../src/core/findings/servicePrincipals.ts";
import { hostile } from "./hostile.ts";

export const servicePrincipalsSamples: ServicePrincipalsFindings = {
  "application-not-found": { clientID: hostile, tenantID: hostile },
  "application-of-other-tenant": { clientID: hostile, homeTenant: hostile },
  "application-id-invalid": { azureIdentity: hostile, clientID: hostile },
  "tenant-id-invalid": { azureIdentity: hostile, tenantID: hostile },
  "tenant-named-by-account": { tenantID: hostile },
  "auxiliary-tenants": { object: hostile, tenants: [hostile], clientPath: "sdk", key: hostile },
  "authority-of-other-cloud": { azureIdentity: hostile, adEndpoint: hostile, authorityHost: hostile },
  "resource-of-other-cloud": { adResourceID: hostile, authority: hostile },
  "client-secret-removable": { secret: hostile, clientID: hostile, what: "secret" },
};
