import type { Severity } from "./severity.ts";

/** What is told of AzureIdentities of type 1 and 2, which are applications. */
export interface ServicePrincipalsFindings {
  "application-not-found": { clientID: string; tenantID?: string };
  "application-of-other-tenant": { clientID: string; homeTenant: string };
  "application-id-invalid": { azureIdentity: string; clientID: string };
  "tenant-id-invalid": { azureIdentity: string; tenantID: string };
  "tenant-named-by-account": { tenantID: string };
  /** `object`: as the config file's `covered` names it. */
  "auxiliary-tenants": { object: string; tenants: string[]; clientPath: "sdk" | "proxy"; key: string };
  "authority-of-other-cloud": { azureIdentity: string; adEndpoint: string; authorityHost: string };
  "resource-of-other-cloud": { adResourceID: string; authority: string };
  "client-secret-removable": { secret: string; clientID: string; what: "secret" | "certificate" };
}

export const servicePrincipalsSeverities: Readonly<Record<keyof ServicePrincipalsFindings, Severity>> = {
  "application-not-found": "error",
  "application-of-other-tenant": "error",
  "application-id-invalid": "error",
  "tenant-id-invalid": "error",
  "tenant-named-by-account": "info",
  "auxiliary-tenants": "error",
  "authority-of-other-cloud": "error",
  "resource-of-other-cloud": "info",
  "client-secret-removable": "info",
};
