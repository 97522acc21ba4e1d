import { isWithin } from "./accessControl.ts";
import { armError, methodNotAllowed } from "./armErrors.ts";
import type { ArmPath } from "./armPath.ts";
import { jsonResponse, type SandboxRequest, type SandboxResponse } from "./http.ts";
import { pageResponse, queryOf } from "./paging.ts";
import type { AzureState, SimulatedRoleAssignment, SimulatedRoleDefinition } from "./state.ts";
import { sameName } from "./state.ts";

export const roleAssignmentType = "Microsoft.Authorization/roleAssignments";
export const roleDefinitionType = "Microsoft.Authorization/roleDefinitions";

const created = "2023-01-01T00:00:00.0000000Z";

function assignmentJson(path: ArmPath, assignment: SimulatedRoleAssignment) {
  const scope = assignment.scope === "/" ? "" : assignment.scope;
  const subscription = path.subscriptionId === "" ? "" : `/subscriptions/${path.subscriptionId}`;
  return {
    properties: {
      roleDefinitionId: `${subscription}/providers/${roleDefinitionType}/${assignment.roleDefinition}`,
      principalId: assignment.principalId,
      principalType: assignment.principalType,
      scope: assignment.scope,
      condition: null,
      conditionVersion: null,
      createdOn: created,
      updatedOn: created,
      createdBy: null,
      updatedBy: null,
      delegatedManagedIdentityResourceId: null,
      description: null,
    },
    id: `${scope}/providers/${roleAssignmentType}/${assignment.name}`,
    type: roleAssignmentType,
    name: assignment.name,
  };
}

function definitionJson(path: ArmPath, role: SimulatedRoleDefinition) {
  const { actions, notActions, dataActions, notDataActions } = role;
  const subscription = path.subscriptionId === "" ? "" : `/subscriptions/${path.subscriptionId}`;
  return {
    properties: {
      roleName: role.roleName,
      type: role.type,
      description: "",
      assignableScopes: role.assignableScopes,
      permissions: [{ actions, notActions, dataActions, notDataActions }],
      createdOn: created,
      updatedOn: created,
      createdBy: null,
      updatedBy: null,
    },
    id: `${subscription}/providers/${roleDefinitionType}/${role.name}`,
    type: roleDefinitionType,
    name: role.name,
  };
}

/**
 * Role assignments of a scope: those there, above and below; `atScope()` leaves out what is below. `principalId eq` and
 * `assignedTo` (which would count groups too) name one principal.
 */
export function answerRoleAssignments(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const toJson = (one: SimulatedRoleAssignment) => assignmentJson(path, one);
  if (!path.collection) {
    const found = state.roleAssignments.find(
      one =>
        sameName(one.name, path.names[0] ?? "") && isWithin(one.scope, path.scope) && isWithin(path.scope, one.scope),
    );
    return found === undefined
      ? armError(404, "RoleAssignmentNotFound", `The role assignment '${path.names[0]}' is not found.`)
      : jsonResponse(200, toJson(found));
  }
  const filter = queryOf(request).get("$filter") ?? "";
  const principalId = /(?:principalId eq |assignedTo\()'([^']+)'/i.exec(filter)?.[1];
  const below = !/atScope\(\)/i.test(filter);
  const listed = state.roleAssignments.filter(
    one =>
      (isWithin(path.scope, one.scope) || (below && isWithin(one.scope, path.scope))) &&
      (principalId === undefined || sameName(one.principalId, principalId)),
  );
  return pageResponse(request, listed, { pageSize: state.pageSize, nameOf: one => one.name, toJson });
}

/** Role definitions: all that there are, or those of a name or a type; one by its GUID. */
export function answerRoleDefinitions(state: AzureState, path: ArmPath, request: SandboxRequest): SandboxResponse {
  if (request.method !== "GET") return methodNotAllowed(request.method);
  const toJson = (one: SimulatedRoleDefinition) => definitionJson(path, one);
  if (!path.collection) {
    const found = state.roleDefinitions.find(one => sameName(one.name, path.names[0] ?? ""));
    return found === undefined
      ? armError(
          404,
          "RoleDefinitionDoesNotExist",
          `The specified role definition with ID '${(path.names[0] ?? "").replaceAll("-", "")}' does not exist.`,
        )
      : jsonResponse(200, toJson(found));
  }
  const filter = queryOf(request).get("$filter") ?? "";
  const roleName = /roleName eq '([^']+)'/i.exec(filter)?.[1];
  const type = /type eq '([^']+)'/i.exec(filter)?.[1];
  const listed = state.roleDefinitions.filter(
    one =>
      (roleName === undefined || sameName(one.roleName, roleName)) && (type === undefined || sameName(one.type, type)),
  );
  return pageResponse(request, listed, { pageSize: state.pageSize, nameOf: one => one.name, toJson });
}
