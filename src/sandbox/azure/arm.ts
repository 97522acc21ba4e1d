import type { AzureOperation } from "../../core/azure/azureRates.ts";
import { mayDo } from "./accessControl.ts";
import { armError, authorizationFailed, resourceGroupNotFound, subscriptionNotFound } from "./armErrors.ts";
import { type ArmPath, parseArmPath } from "./armPath.ts";
import { answerAssociatedResources, associatedResourcesType } from "./associatedResources.ts";
import { authenticate, refuseOtherAudience, refuseOtherTenant } from "./authentication.ts";
import { answerFederatedCredentials, federatedCredentialType } from "./federatedCredentials.ts";
import { refuseByGovernance } from "./governance.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";
import { answerIdentities, identityType } from "./identities.ts";
import {
  answerContainerService,
  answerContainerServiceOperation,
  answerIdentityBindings,
  containerServiceOperationType,
  containerServiceType,
  identityBindingType,
} from "./identityBindings.ts";
import { answerMachines } from "./machines.ts";
import { answerManagedClusters, managedClusterType } from "./managedClusters.ts";
import { apiVersionOf } from "./paging.ts";
import { answerPermissions, permissionType } from "./permissions.ts";
import { answerResourceGraph, resourceGraphType } from "./resourceGraph.ts";
import { answerRoleAssignments, answerRoleDefinitions, roleAssignmentType, roleDefinitionType } from "./roles.ts";
import type { AzureState, IssuedToken } from "./state.ts";
import { answerResourceGroups, answerSubscriptions, resourceGroupType, subscriptionType } from "./subscriptions.ts";
import type { Throttle } from "./throttle.ts";

interface Route {
  type: string;
  apiVersions: RegExp;
  throttled: "likeManagedIdentity" | "never";
  /** `own`: the route answers to everybody what he may see; else the caller needs the action of type and method. */
  access?: "own";
  answer(
    state: AzureState,
    path: ArmPath,
    request: SandboxRequest,
    caller: IssuedToken,
  ): SandboxResponse | Promise<SandboxResponse>;
}

const identityVersions =
  /^(2018-11-30|2022-01-31-preview|2023-01-31|2024-11-30|2025-01-31-preview|2025-05-31-preview|2026-04-30|2026-05-31)$/;
const anyVersion = /^20\d\d-\d\d-\d\d(-preview)?$/;

const routes: readonly Route[] = [
  { type: identityType, apiVersions: identityVersions, throttled: "likeManagedIdentity", answer: answerIdentities },
  {
    type: federatedCredentialType,
    // 2018-11-30 knows identities only.
    apiVersions: new RegExp(identityVersions.source.replace("2018-11-30|", "")),
    throttled: "likeManagedIdentity",
    answer: answerFederatedCredentials,
  },
  {
    type: associatedResourcesType,
    // In no stable api-version.
    apiVersions: /^(2021-09-30-preview|2022-01-31-preview)$/,
    throttled: "likeManagedIdentity",
    answer: answerAssociatedResources,
  },
  { type: managedClusterType, apiVersions: anyVersion, throttled: "never", answer: answerManagedClusters },
  { type: identityBindingType, apiVersions: anyVersion, throttled: "never", answer: answerIdentityBindings },
  {
    type: containerServiceOperationType,
    apiVersions: anyVersion,
    throttled: "never",
    access: "own",
    answer: answerContainerServiceOperation,
  },
  {
    type: containerServiceType,
    apiVersions: anyVersion,
    throttled: "never",
    access: "own",
    answer: answerContainerService,
  },
  ...(["Microsoft.Compute/virtualMachineScaleSets", "Microsoft.Compute/virtualMachines"] as const).map(
    (type): Route => ({ type, apiVersions: anyVersion, throttled: "never", answer: answerMachines(type) }),
  ),
  { type: subscriptionType, apiVersions: anyVersion, throttled: "never", access: "own", answer: answerSubscriptions },
  { type: resourceGroupType, apiVersions: anyVersion, throttled: "never", answer: answerResourceGroups },
  { type: roleAssignmentType, apiVersions: anyVersion, throttled: "never", answer: answerRoleAssignments },
  { type: roleDefinitionType, apiVersions: anyVersion, throttled: "never", answer: answerRoleDefinitions },
  {
    type: permissionType,
    apiVersions: /^(2015-07-01|2018-07-01|2022-04-01)$/,
    throttled: "never",
    answer: answerPermissions,
  },
  {
    type: resourceGraphType,
    apiVersions: /^(2021-03-01|2022-10-01|2024-04-01)$/,
    throttled: "never",
    access: "own",
    answer: answerResourceGraph,
  },
];

/** As roles name it: the type and `read`, `write` or `delete`; a POST's last part is an action itself. */
function actionOf({ type }: Route, method: string): string {
  if (method === "GET") return `${type}/read`;
  if (method === "DELETE") return `${type}/delete`;
  return method === "POST" ? `${type}/action` : `${type}/write`;
}

/** The resource id that a request is about, on its type's own spelling; for a list, what the list is of. */
function targetOf({ type }: Route, path: ArmPath): string {
  const [namespace, ...types] = type.split("/");
  const pairs = path.names.map((name, index) => `/${types[index]}/${name}`).join("");
  if (namespace === "Microsoft.Resources") return pairs;
  return pairs === "" ? path.scope : `${path.scope}/providers/${namespace}${pairs}`;
}

function operationOf(path: ArmPath, method: string): AzureOperation {
  if (method === "DELETE") return "delete";
  if (method === "GET") return path.collection ? "list" : "get";
  return "createOrUpdate";
}

/** Azure Resource Manager: who is asking, does the place exist, is there room; then the resource provider answers. */
export async function answerArm(
  state: AzureState,
  throttle: Throttle | undefined,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const authenticated = authenticate(state, request);
  if ("refusal" in authenticated) return authenticated.refusal;
  const { caller } = authenticated;
  const otherAudience = refuseOtherAudience(state, caller);
  if (otherAudience) return otherAudience;
  const url = new URL(request.url);
  const path = parseArmPath(url.pathname);
  const route = routes.find(one => one.type.toLowerCase() === path?.type);
  if (path === undefined || route === undefined) {
    return armError(404, "InvalidResourceType", `The resource type of '${url.pathname}' could not be found.`);
  }
  const apiVersion = apiVersionOf(request);
  if (apiVersion === "") {
    return armError(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (!route.apiVersions.test(apiVersion)) {
    return armError(
      400,
      "InvalidResourceType",
      `The resource type '${route.type}' could not be found for api version '${apiVersion}'.`,
    );
  }
  if (path.subscriptionId === "") return route.answer(state, path, request, caller);
  const subscription = state.subscriptions.get(path.subscriptionId.toLowerCase());
  if (subscription === undefined) return subscriptionNotFound(path.subscriptionId);
  const otherTenant = refuseOtherTenant(caller, subscription);
  if (otherTenant) return otherTenant;
  const action = { name: actionOf(route, request.method), scope: targetOf(route, path) };
  if (route.access !== "own" && !mayDo(state, caller, action.name, action.scope)) {
    return authorizationFailed(caller, action);
  }
  if (path.resourceGroup !== undefined && !subscription.resourceGroups.has(path.resourceGroup.toLowerCase())) {
    return resourceGroupNotFound(path.resourceGroup);
  }
  const refusal = refuseByGovernance(state, { method: request.method, type: route.type, target: action.scope });
  if (refusal) return refusal;
  if (throttle !== undefined && route.throttled === "likeManagedIdentity") {
    const seconds = throttle.take(operationOf(path, request.method), {
      tenant: subscription.tenantId,
      subscription: subscription.subscriptionId,
      resource: [path.subscriptionId, path.resourceGroup, path.names[0]].join("/"),
    });
    if (seconds !== undefined) {
      return armError(429, "TooManyRequests", "The request is being throttled.", { "retry-after": String(seconds) });
    }
  }
  return route.answer(state, path, request, caller);
}
