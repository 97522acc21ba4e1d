import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import type { AzureState } from "./state.ts";

/** An error answer in Microsoft Graph's form. */
export function graphError(state: AzureState, status: number, code: string, message: string): SandboxResponse {
  const id = state.nextId();
  const date = new Date(state.clock.now()).toISOString().slice(0, 19);
  return jsonResponse(status, {
    error: { code, message, innerError: { date, "request-id": id, "client-request-id": id } },
  });
}

/** Microsoft Graph: applications and their federated credentials. */
export function answerGraph(state: AzureState, request: SandboxRequest): SandboxResponse {
  const { pathname } = new URL(request.url);
  return graphError(
    state,
    404,
    "Request_ResourceNotFound",
    `Resource '${pathname}' does not exist or one of its queried reference-property objects are not present.`,
  );
}
