import { isBlocked, isPrepareOnly } from "./blocked.ts";
import type { Plan } from "./documents/plan.ts";
import type { Mapping, Step } from "./model.ts";

/** What a plan's summary counts of these mappings and steps: a part of a plan counts its own. */
export function countsOf(
  mappings: readonly Pick<Mapping, "blockedBy" | "switchBlockedBy">[],
  steps: readonly Step[],
): Omit<Plan["summary"], "done" | "notChecked"> {
  const ops = (op: Step["op"]) => steps.filter(step => step.op === op).length;
  const prepareOnly = mappings.filter(isPrepareOnly).length;
  return {
    create: ops("create"),
    patch: ops("patch"),
    delete: 0,
    trust: ops("trust"),
    ...(ops("bind") > 0 ? { bind: ops("bind") } : {}),
    git: steps.filter(step => step.route === "git").length,
    manual: ops("manual"),
    blocked: mappings.filter(isBlocked).length,
    ...(prepareOnly > 0 ? { prepareOnly } : {}),
    restarts: steps.filter(step => step.restartsPods).length,
  };
}
