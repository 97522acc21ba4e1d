import { jsonResponse, type SandboxResponse } from "./http.ts";
import type { AzureState } from "./state.ts";

/** An error answer in Microsoft Graph's form. */
export function graphError(state: AzureState, status: number, code: string, message: string): SandboxResponse {
  const id = state.nextId();
  const date = new Date(state.clock.now()).toISOString().slice(0, 19);
  return jsonResponse(status, {
    error: { code, message, innerError: { date, "request-id": id, "client-request-id": id } },
  });
}

export function resourceNotFound(state: AzureState, what: string): SandboxResponse {
  return graphError(
    state,
    404,
    "Request_ResourceNotFound",
    `Resource '${what}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

/** As in Azure/azure-workload-identity#434; which values it is given for beside a pair that is there already, is not documented. */
export function invalidCredential(state: AzureState, message: string, field: string, value: string): SandboxResponse {
  return graphError(
    state,
    400,
    "InvalidFederatedIdentityCredentialValue",
    `${message} paramName: FederatedIdentityCredential.${field}, paramValue: ${value}, objectType: Microsoft.Online.DirectoryServices.Application`,
  );
}
