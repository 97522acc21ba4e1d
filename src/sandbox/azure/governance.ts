import { isWithin } from "./accessControl.ts";
import { armError } from "./armErrors.ts";
import { jsonResponse, type SandboxResponse } from "./http.ts";
import type { AzureState, SimulatedPolicyAssignment } from "./state.ts";

/** What a request would do, as governance sees it. */
export interface GovernedRequest {
  method: string;
  /** The type's own spelling. */
  type: string;
  /** The resource id. */
  target: string;
}

function definitionId(policy: SimulatedPolicyAssignment): string {
  return `/providers/Microsoft.Management/managementGroups/platform/providers/Microsoft.Authorization/policyDefinitions/${policy.definitionName}`;
}

/** 403 in Azure Policy's words, with what it evaluated in `additionalInfo`. */
function disallowedByPolicy({ type, target }: GovernedRequest, policies: readonly SimulatedPolicyAssignment[]) {
  const name = target.slice(target.lastIndexOf("/") + 1);
  const assignmentId = (policy: SimulatedPolicyAssignment) =>
    `${policy.scope}/providers/Microsoft.Authorization/policyAssignments/${policy.name}`;
  const identifiers = policies.map(policy => ({
    policyAssignment: { name: policy.displayName, id: assignmentId(policy) },
    policyDefinition: { name: policy.definitionName, id: definitionId(policy), version: "1.0.0" },
  }));
  return jsonResponse(403, {
    error: {
      code: "RequestDisallowedByPolicy",
      target: name,
      message: `Resource '${name}' was disallowed by policy. Policy identifiers: '${JSON.stringify(identifiers)}'.`,
      additionalInfo: policies.map(policy => ({
        type: "PolicyViolation",
        info: {
          evaluationDetails: {
            evaluatedExpressions: [
              {
                result: "True",
                expressionKind: "Field",
                expression: "type",
                path: "type",
                expressionValue: type,
                targetValue: policy.deniedType,
                operator: "Equals",
              },
            ],
          },
          policyDefinitionId: definitionId(policy),
          policyDefinitionName: policy.definitionName,
          policyDefinitionDisplayName: policy.displayName,
          policyDefinitionVersion: "1.0.0",
          policyDefinitionEffect: "deny",
          policyAssignmentId: assignmentId(policy),
          policyAssignmentName: policy.name,
          policyAssignmentDisplayName: policy.displayName,
          policyAssignmentScope: policy.scope,
          policyAssignmentParameters: {},
          policyExemptionIds: [],
        },
      })),
    },
  });
}

/** The refusal of a request by a lock or, for what creates or changes, by Azure Policy; undefined where neither minds. */
export function refuseByGovernance(state: AzureState, request: GovernedRequest): SandboxResponse | undefined {
  const { method, type, target } = request;
  if (method === "GET") return undefined;
  const operation = method === "DELETE" ? "delete" : "write";
  const locks = state.locks.filter(
    lock => isWithin(target, lock.scope) && (lock.level === "ReadOnly" || operation === "delete"),
  );
  if (locks.length > 0) {
    return armError(
      409,
      "ScopeLocked",
      `The scope '${target}' cannot perform ${operation} operation because following scope(s) are locked: '${locks.map(one => one.scope).join("','")}'. Please remove the lock and try again.`,
    );
  }
  if (operation === "delete") return undefined;
  const denied = state.policyAssignments.filter(
    policy => isWithin(target, policy.scope) && policy.deniedType.toLowerCase() === type.toLowerCase(),
  );
  return denied.length > 0 ? disallowedByPolicy(request, denied) : undefined;
}
