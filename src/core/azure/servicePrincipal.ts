import { isRecord } from "../kubernetes.ts";

/** What an AzureIdentity of type 1 or 2 says of its application beside the client id. */
export interface ServicePrincipal {
  /** A GUID or a domain; "" where the object has none. */
  tenantID: string;
  /** The authority that NMI asked; "" for the public cloud's. */
  adEndpoint: string;
  /** NMI never reads it. */
  adResourceID: string;
  /** NMI answers type 1 with one token for each, in an array. */
  auxiliaryTenantIDs: string[];
  /** The Secret with the client secret or certificate, which is never read. */
  secret?: { namespace: string; name: string };
}

/** Reads `spec` as NMI does (pkg/apis/aadpodidentity/v1/types.go, AzureIdentitySpec): exact names, anything else counts as empty. */
export function readServicePrincipal(spec: Record<string, unknown>): ServicePrincipal {
  const { clientPassword, auxiliaryTenantIDs } = spec;
  const { namespace, name } = isRecord(clientPassword) ? clientPassword : {};
  return {
    tenantID: text(spec.tenantID),
    adEndpoint: text(spec.adEndpoint),
    adResourceID: text(spec.adResourceID),
    auxiliaryTenantIDs: Array.isArray(auxiliaryTenantIDs)
      ? auxiliaryTenantIDs.filter((tenant): tenant is string => typeof tenant === "string" && tenant !== "")
      : [],
    ...(text(name) === "" ? {} : { secret: { namespace: text(namespace), name: text(name) } }),
  };
}

/** Whether this is a client id as Microsoft Entra gives them out; what is none is put into no request. */
export function isClientID(clientID: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(clientID);
}

/** Whether this can be a tenant: the webhook hands it to the pods as it is, and SDKs put it into a URL. */
export function isTenant(tenantID: string): boolean {
  return /^[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?$/.test(tenantID);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
