import { jsonResponse, type SandboxResponse } from "./http.ts";
import type { IssuedToken } from "./state.ts";

/** An error answer in the form that Azure Resource Manager and its resource providers share. */
export function armError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): SandboxResponse {
  return jsonResponse(status, { error: { code, message } }, headers);
}

/** 404 for a resource whose resource group exists. `type` and `name` join the way ARM prints them: A/b/c, x/y. */
export function resourceNotFound(type: string, name: string, resourceGroup: string): SandboxResponse {
  const [namespace, ...types] = type.split("/");
  const names = name.split("/");
  const path = [namespace, ...types.flatMap((part, index) => [part, names[index] ?? ""])].join("/");
  return armError(
    404,
    "ResourceNotFound",
    `The Resource '${path}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** 404 for a child whose parent does not exist. */
export function parentResourceNotFound(action: "read" | "write" | "delete", type: string, parentId: string) {
  return armError(
    404,
    "ParentResourceNotFound",
    `Failed to perform '${action}' on resource(s) of type '${type}', because the parent resource '${parentId}' could not be found.`,
  );
}

export function subscriptionNotFound(subscriptionId: string): SandboxResponse {
  return armError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);
}

export function resourceGroupNotFound(resourceGroup: string): SandboxResponse {
  return armError(404, "ResourceGroupNotFound", `Resource group '${resourceGroup}' could not be found.`);
}

/** 403 for what none of the caller's roles allows there. */
export function authorizationFailed(caller: IssuedToken, action: { name: string; scope: string }): SandboxResponse {
  return armError(
    403,
    "AuthorizationFailed",
    `The client '${caller.clientId}' with object id '${caller.principalId}' does not have authorization to perform action '${action.name}' over scope '${action.scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

export function methodNotAllowed(method: string): SandboxResponse {
  return armError(405, "MethodNotAllowed", `The requested resource does not support http method '${method}'.`);
}
