import { isRecord } from "../core/kubernetes.ts";
import type { ObjectRef, Step, StepOf } from "../core/model.ts";
import { observe, type Seen } from "../core/observe.ts";
import { type AccessAttributes, ApiError } from "../core/ports.ts";
import { applyStep, look } from "./applyStep.ts";
import type { EnginePorts } from "./ports.ts";
import { answered, retrying } from "./retry.ts";

const group = "rbac.authorization.k8s.io";

type RoleStep = StepOf<"create" | "patch">;

/** Whether a step writes a role or a binding of one, by which the caller could give away more than they have. */
export function isRoleStep(step: Step): step is RoleStep {
  return (step.op === "create" || step.op === "patch") && step.target.apiVersion.startsWith(`${group}/`);
}

/**
 * The right by which a step may give what it gives: `bind` on the role of a binding, `escalate` on a role. Undefined where the step
 * is done, or nobody can see what it is about. Who lacks it may still have every right that the role gives.
 */
export async function rightToGrant(step: RoleStep, ports: EnginePorts): Promise<AccessAttributes | undefined> {
  const seen = await answered(() => look(step, ports), ports);
  if (seen === undefined || observe(step, seen) !== "pending") return undefined;
  const object = step.op === "create" ? step.object : seenObject(seen);
  const { namespace } = step.target;
  const scope = namespace === undefined ? {} : { namespace };
  if (isRole(step.target)) return { verb: "escalate", group, resource: `${step.target.kind.toLowerCase()}s`, ...scope };
  const roleRef = isRecord(object) ? object.roleRef : undefined;
  if (!isRecord(roleRef) || typeof roleRef.name !== "string") return undefined;
  const resource = roleRef.kind === "ClusterRole" ? "clusterroles" : "roles";
  return { verb: "bind", group, resource, name: roleRef.name, ...scope };
}

/**
 * The server's words where it would not take a step. It lets those through who have each of the role's rights themselves
 * (k8s.io/kubernetes, pkg/registry/rbac/rolebinding/policybased/storage.go, Update), which only the very write as a dry run shows.
 */
export async function refusalOf(
  step: RoleStep,
  ports: EnginePorts,
): Promise<{ words: string; isForRole: boolean } | undefined> {
  const seen = await answered(() => look(step, ports), ports);
  if (seen === undefined) return undefined;
  try {
    await retrying(() => applyStep(step, seen, ports, { dryRun: "All", signal: ports.signal }), ports);
    return undefined;
  } catch (error) {
    if (ports.signal.aborted || !(error instanceof ApiError)) throw error;
    if (error.status !== 403) return undefined;
    return { words: error.message, isForRole: /attempting to grant RBAC permissions/.test(error.message) };
  }
}

function isRole({ kind }: Pick<ObjectRef, "kind">): boolean {
  return kind === "Role" || kind === "ClusterRole";
}

function seenObject(seen: Seen): unknown {
  return seen !== "unknown" && "object" in seen ? seen.object : undefined;
}
