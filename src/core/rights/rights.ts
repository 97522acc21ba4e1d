import type { SourceId } from "../model.ts";
import type { AccessAttributes, ResourceRule } from "../ports.ts";

/** Something that has to be allowed to whoever carries out steps. */
export interface NeededRight {
  source: SourceId;
  right: AccessAttributes;
  /** What it is needed for, as people call it: `Deployment shop/cart`. */
  neededFor: string;
  /** Which steps cannot be done without it; none where only a check is left out. */
  steps: readonly string[];
}

/** A right that is needed and that the caller does not have. */
export interface MissingRight {
  source: SourceId;
  /** Absent where the server refuses a step for a reason that no right would help against. */
  right?: AccessAttributes;
  neededFor: string[];
  /** The server's own, where it has refused the very step. */
  words?: string;
  /** Only a check is left out without it, and nothing refused. */
  optional?: true;
}

/** Equal for rights that are the same. */
export function rightKey({ verb, group, resource, subresource, namespace, name }: AccessAttributes): string {
  return JSON.stringify([verb, group, resource, subresource ?? "", namespace ?? "", name ?? ""]);
}

/** `pods/log`, as rules name a resource. */
export function resourceName({ resource, subresource }: Pick<AccessAttributes, "resource" | "subresource">): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}

/** Whether one of the rules gives a right (k8s.io/component-helpers auth/rbac/validation, RuleAllows of the RBAC authorizer). */
export function rulesAllow(rules: readonly ResourceRule[], right: AccessAttributes): boolean {
  const { verb, group, subresource, name } = right;
  const resources = ["*", resourceName(right), ...(subresource === undefined ? [] : [`*/${subresource}`])];
  return rules.some(
    rule =>
      (rule.verbs.includes("*") || rule.verbs.includes(verb)) &&
      (rule.apiGroups.includes("*") || rule.apiGroups.includes(group)) &&
      resources.some(resource => rule.resources.includes(resource)) &&
      (rule.resourceNames.length === 0 || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

/** `bind Role secret-maker in the namespace shop`, `create serviceaccounts in the whole cluster`. */
export function rightText(right: AccessAttributes): string {
  return `${right.verb} ${objectText(right)} ${scopeText(right)}`;
}

export function scopeText({ namespace }: Pick<AccessAttributes, "namespace">): string {
  return namespace === undefined ? "in the whole cluster" : `in the namespace ${namespace}`;
}

/** A resource; of the rights to hand on a role, which alone are about one whatever needs them, that role. */
export function objectText(right: AccessAttributes): string {
  const { verb, resource, name } = right;
  if (name === undefined || (verb !== "bind" && verb !== "escalate")) return resourceName(right);
  return `${resource === "roles" ? "Role" : "ClusterRole"} ${name}`;
}
