import type { WorkloadDecision } from "../documents/decisions.ts";
import { clusterSource, type Facts } from "../facts.ts";
import type { Code } from "../findings/codes.ts";
import { fitted } from "../fitted.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { Change, ObjectRef, Step } from "../model.ts";
import { leftAloneBy, ownerOf, sourceOfOwner } from "../owners/ownership.ts";

export type Route = Step["route"];

/**
 * How a change of this object gets into the cluster. `live`: by `apply`. `git`: in the manifests, chart or program that it comes
 * from, as with everything that is in files alone. `manual`: people change the resource of the controller that makes it.
 * An object that is not there yet (undefined) is nobody's.
 */
export function routeOf(
  facts: Facts,
  ref: ObjectRef,
  object: KubernetesObject | undefined,
  decision: Pick<WorkloadDecision, "live">,
): Route {
  if (!clusterSource(facts, ref.source)) return "git";
  const owner = object && ownerOf(facts, ref, object);
  if (!owner || decision.live || leftAloneBy(owner, object)) return "live";
  return sourceOfOwner(owner);
}

/**
 * How an object gets into the cluster that a workload needs beside itself: together with a workload from Git, since a tool that finds
 * it there already may refuse to take it over, as Helm does. Else live: nobody keeps it.
 */
export function routeOfNew(
  facts: Facts,
  workload: ObjectRef,
  decision: Pick<WorkloadDecision, "live">,
): Exclude<Route, "manual"> {
  return routeOf(facts, workload, facts.objects.get(workload), decision) === "git" ? "git" : "live";
}

/** What every step has beside what it does. */
export interface StepBase extends Pick<Step, "id" | "stage" | "dependsOn" | "usages"> {
  target: ObjectRef;
}

interface ChangeStepOptions {
  route: Route;
  changes: Change[];
  code?: Code;
  /** Whether a patch does. */
  restartsPods?: boolean;
}

/** The step for changes of an object that is there, as its route asks: a patch, or (manual) a step for people that shows it. */
export function changeStep(
  { id, ...base }: StepBase,
  { route, changes, code = "object-controlled", restartsPods = false }: ChangeStepOptions,
): Step {
  // As in usageDocument, no literal begins with what is spread.
  return route === "manual"
    ? { id, ...base, route, op: "manual", code, changes: fitted(changes) }
    : { id, ...base, route, op: "patch", changes: fitted(changes), ...(restartsPods ? { restartsPods } : {}) };
}

/** Of two routes for one object, for usages that decide differently, the one that leaves more to people. */
export function moreCareful(a: Route, b: Route): Route {
  const order: readonly Route[] = ["live", "git", "manual"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

/** The patches that are live only because somebody decided so: the objects are another tool's. */
export function patchesOfOwned(facts: Facts, steps: readonly Step[]): ObjectRef[] {
  return steps.flatMap(step => {
    if (step.op !== "patch" || step.route !== "live") return [];
    return routeOf(facts, step.target, facts.objects.get(step.target), {}) === "live" ? [] : [step.target];
  });
}
