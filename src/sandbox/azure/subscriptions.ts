import { maySeeSubscription } from "./accessControl.ts";
import { authorizationFailed, methodNotAllowed, resourceGroupNotFound } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { pageResponse } from "./paging.ts";
import type { AzureState, IssuedToken, SimulatedResourceGroup, SimulatedSubscription } from "./state.ts";

export const subscriptionType = "Microsoft.Resources/subscriptions";
export const resourceGroupType = `${subscriptionType}/resourceGroups`;

function subscriptionJson({ subscriptionId, tenantId, displayName }: SimulatedSubscription) {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName,
    state: "Enabled",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "EnterpriseAgreement_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

/** Subscriptions: those that the caller has a role in, and one of them. */
export function answerSubscriptions(
  state: AzureState,
  path: ArmPath,
  request: SandboxRequest,
  caller: IssuedToken,
): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const visible = [...state.subscriptions.values()].filter(one =>
    maySeeSubscription(state, caller, one.subscriptionId),
  );
  if (path.collection) {
    return pageResponse(request, visible, {
      pageSize: state.pageSize,
      nameOf: one => one.subscriptionId,
      toJson: subscriptionJson,
    });
  }
  const found = visible.find(one => one.subscriptionId.toLowerCase() === path.subscriptionId.toLowerCase());
  return found === undefined
    ? authorizationFailed(caller, { name: `${subscriptionType}/read`, scope: `/subscriptions/${path.subscriptionId}` })
    : jsonResponse(200, subscriptionJson(found));
}

function resourceGroupJson(subscriptionId: string, { name, location, tags, managedBy }: SimulatedResourceGroup) {
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${name}`,
    name,
    type: "Microsoft.Resources/resourceGroups",
    location,
    ...(managedBy === undefined ? {} : { managedBy }),
    tags,
    properties: { provisioningState: "Succeeded" },
  };
}

/** Resource groups: list by subscription, get. */
export function answerResourceGroups(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const subscription = state.subscriptions.get(path.subscriptionId.toLowerCase());
  const groups = subscription?.resourceGroups ?? new Map<string, SimulatedResourceGroup>();
  const toJson = (group: SimulatedResourceGroup) =>
    resourceGroupJson(subscription?.subscriptionId ?? path.subscriptionId, group);
  if (path.resourceGroup === undefined) {
    return pageResponse(request, [...groups.values()], { pageSize: state.pageSize, nameOf: one => one.name, toJson });
  }
  const group = groups.get(path.resourceGroup.toLowerCase());
  return group === undefined ? resourceGroupNotFound(path.resourceGroup) : jsonResponse(200, toJson(group));
}
