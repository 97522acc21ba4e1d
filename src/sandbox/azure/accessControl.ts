import type { AzureState, IssuedToken, SimulatedRoleDefinition } from "./state.ts";

/** `a/*` in a role means everything that begins so; actions are compared without regard to case. */
function matches(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  if (parts.length === 1) return parts[0] === text;
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === parts.length - 1 ? text.length - part.length : text.indexOf(part, at);
    if (found < at || (index === 0 && found !== 0) || !text.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return true;
}

/** True when `scope` is the other one or lies below it. */
export function isWithin(scope: string, other: string): boolean {
  const below = scope.toLowerCase();
  const above = other.toLowerCase().replace(/\/+$/, "");
  return above === "" || below === above || below.startsWith(`${above}/`);
}

/** The roles that a principal has at a scope, through assignments there and above. */
export function rolesAt(state: AzureState, principalId: string, scope: string): SimulatedRoleDefinition[] {
  const assigned = state.roleAssignments.filter(
    one => one.principalId.toLowerCase() === principalId.toLowerCase() && isWithin(scope, one.scope),
  );
  return assigned.flatMap(one => state.roleDefinitions.filter(role => role.name === one.roleDefinition));
}

/** True for a caller whose rights are not looked at. */
export function isUnlimited(state: AzureState, caller: IssuedToken): boolean {
  return state.accessControl === "off" || caller.principalId === "";
}

/** True when one of the caller's roles there has the action and does not take it away again. */
export function mayDo(state: AzureState, caller: IssuedToken, action: string, scope: string): boolean {
  return (
    isUnlimited(state, caller) ||
    rolesAt(state, caller.principalId, scope).some(
      role => role.actions.some(one => matches(one, action)) && !role.notActions.some(one => matches(one, action)),
    )
  );
}

/** True when the caller has any role in the subscription, which is when lists of subscriptions name it. */
export function maySeeSubscription(state: AzureState, caller: IssuedToken, subscriptionId: string): boolean {
  const subscription = state.subscriptions.get(subscriptionId.toLowerCase());
  if (subscription === undefined) return false;
  if (caller.tenantId !== "" && caller.tenantId.toLowerCase() !== subscription.tenantId.toLowerCase()) return false;
  const scope = `/subscriptions/${subscriptionId}`;
  return (
    isUnlimited(state, caller) ||
    state.roleAssignments.some(
      one =>
        one.principalId.toLowerCase() === caller.principalId.toLowerCase() &&
        (isWithin(one.scope, scope) || isWithin(scope, one.scope)),
    )
  );
}
