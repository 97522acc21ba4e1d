import type { Facts } from "../facts.ts";
import type { Decisions, Mapping, Step, Usage } from "../model.ts";
import { changesOf, rollsByHand } from "../template.ts";
import { routeOf } from "./route.ts";
import { stepId } from "./stepId.ts";

/** Patches the workload's template, or says what people have to change. */
export function switchStep(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
  { decisions, dependsOn }: { decisions: Decisions; dependsOn: string[] },
): { step: Step } | { done: string } {
  const target = usage.workload;
  const id = stepId(target, "switch");
  const workload = facts.objects.get(target);
  const changes = workload
    ? changesOf(facts, usage, workload, { serviceAccount: mapping.serviceAccount.name, decisions })
    : [];
  if (changes.length === 0) return { done: id };
  const base = { id, stage: "switch", dependsOn, usages: [usage.id], target, changes } as const;
  const route = routeOf(facts, usage);
  const isCluster = route === "live";
  if (isCluster && target.kind === "Job")
    return {
      step: { ...base, dependsOn, usages: [usage.id], changes, route: "manual", op: "manual", code: "job-immutable" },
    };
  if (isCluster && target.kind === "Pod")
    return {
      step: { ...base, dependsOn, usages: [usage.id], changes, route: "manual", op: "manual", code: "pod-not-managed" },
    };
  const rolls =
    isCluster &&
    ["Deployment", "StatefulSet", "DaemonSet"].includes(target.kind) &&
    !(workload && rollsByHand(workload));
  return {
    step: {
      ...base,
      dependsOn,
      usages: [usage.id],
      changes,
      route,
      op: "patch",
      ...(rolls ? { restartsPods: true as const } : {}),
    },
  };
}
