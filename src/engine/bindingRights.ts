import { nameOf } from "../core/facts.ts";
import { isRecord } from "../core/kubernetes.ts";
import { observe, type Seen } from "../core/observe.ts";
import { type AccessAttributes, ApiError } from "../core/ports.ts";
import type { BindingStep } from "../core/steps/shares.ts";
import { applyStep, look } from "./applyStep.ts";
import type { EnginePorts } from "./ports.ts";
import { retrying } from "./retry.ts";

/** A right that a step for a role binding needs, and the caller does not have. */
export interface LackingRight {
  /** `bind ClusterRole view in the namespace shop`. */
  what: string;
  /** The server's own, where it has refused the very step. */
  words?: string;
  rule?: string;
}

const group = "rbac.authorization.k8s.io";

/**
 * Which rights the caller lacks to add these subjects. The API server lets only those who may `bind` the role, or have each of
 * its rights themselves (k8s.io/kubernetes, pkg/registry/rbac/rolebinding/policybased/storage.go, Update): who may not `bind`
 * tries the very patch as a dry run, and has the server's answer.
 */
export async function rightsLacking(step: BindingStep, ports: EnginePorts): Promise<LackingRight[]> {
  try {
    const seen = await retrying(() => look(step, ports), ports);
    const role = roleOf(seen);
    if (observe(step, seen) !== "pending" || !role) return [];
    // Who may not ask is not told no: the dry run answers too.
    const [mayPatch = true, mayBind = false] = await Promise.all([
      mayI({ verb: "patch", ...bindingOf(step) }, step, ports),
      mayI({ verb: "bind", ...role, ...scopeOf(step) }, step, ports),
    ]);
    if (mayPatch && mayBind) return [];
    if (mayPatch) {
      const words = await refusal(step, seen, ports);
      if (words === undefined) return [];
      return /attempting to grant RBAC permissions/.test(words)
        ? [bindRight(step, role, words)]
        : [{ what: `add subjects to ${nameOf(step.target)}`, words }];
    }
    return [patchRight(step), ...(mayBind ? [] : [bindRight(step, role)])];
  } catch (error) {
    if (ports.signal.aborted || !(error instanceof ApiError)) throw error;
    return error.status === 403 ? [patchRight(step, error.message)] : [];
  }
}

type RoleAttributes = Pick<AccessAttributes, "group" | "resource" | "name"> & { kind: string };

/** What a binding gives; undefined where there is none to see, and the run will tell. */
function roleOf(seen: Seen): RoleAttributes | undefined {
  const object = seen !== "unknown" && "object" in seen ? seen.object : undefined;
  const roleRef = isRecord(object) ? object.roleRef : undefined;
  if (!isRecord(roleRef) || typeof roleRef.name !== "string") return undefined;
  const isOfCluster = roleRef.kind === "ClusterRole";
  return {
    group,
    resource: isOfCluster ? "clusterroles" : "roles",
    kind: isOfCluster ? "ClusterRole" : "Role",
    name: roleRef.name,
  };
}

function bindingOf(step: BindingStep): Omit<AccessAttributes, "verb"> {
  const { kind, name } = step.target;
  return { group, resource: kind === "RoleBinding" ? "rolebindings" : "clusterrolebindings", name, ...scopeOf(step) };
}

function scopeOf({ target: { namespace } }: BindingStep): { namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

/** Undefined where the server answers no such question. */
async function mayI(asked: AccessAttributes, step: BindingStep, ports: EnginePorts): Promise<boolean | undefined> {
  const { verb, group, resource, namespace, name } = asked;
  const attributes = {
    verb,
    group,
    resource,
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const cluster = ports.cluster(step.target.source);
  try {
    return await retrying(() => cluster.mayI(attributes, { signal: ports.signal }), ports);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}

/** The server's words where it would not take the step for want of rights. */
async function refusal(step: BindingStep, seen: Seen, ports: EnginePorts): Promise<string | undefined> {
  try {
    await retrying(() => applyStep(step, seen, ports, { dryRun: "All", signal: ports.signal }), ports);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return error.message;
    throw error;
  }
}

function patchRight(step: BindingStep, words?: string): LackingRight {
  const attributes = bindingOf(step);
  const what = `get and patch ${nameOf(step.target)}`;
  return { what, ...(words === undefined ? {} : { words }), rule: ruleOf(["get", "patch"], attributes) };
}

function bindRight(step: BindingStep, role: RoleAttributes, words?: string): LackingRight {
  const { namespace } = step.target;
  const where = namespace === undefined ? "in the whole cluster" : `in the namespace ${namespace}`;
  const what = `bind ${role.kind} ${role.name} ${where}`;
  return { what, ...(words === undefined ? {} : { words }), rule: ruleOf(["bind"], role) };
}

/** A rule of RBAC as YAML, with lists as JSON has them, so that no name needs a rule of its own for quoting. */
function ruleOf(
  verbs: string[],
  { group, resource, name }: Pick<AccessAttributes, "group" | "resource" | "name">,
): string {
  const fields = { apiGroups: [group], resources: [resource], resourceNames: [name], verbs };
  const lines = Object.entries(fields).map(([field, values]) => `${field}: ${JSON.stringify(values)}`);
  return `- ${lines.join("\n  ")}`;
}
