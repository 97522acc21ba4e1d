import { decisionFor } from "../decisions.ts";
import { clusterSource, type Facts } from "../facts.ts";
import type { Code } from "../findings/codes.ts";
import type { Decisions, Mapping, Usage } from "../model.ts";
import { changesOf, rollsByHand } from "../workloads/template.ts";
import type { Needed } from "./needed.ts";
import { changeStep, routeOf } from "./route.ts";
import { stepId } from "./stepId.ts";

/** Patches the workload's template, or says what people have to change. */
export function switchStep(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
  { decisions, dependsOn }: { decisions: Decisions; dependsOn: string[] },
): Needed {
  const target = usage.workload;
  const id = stepId(target, "switch");
  const workload = facts.objects.get(target);
  const changes = workload
    ? changesOf(facts, usage, workload, { serviceAccount: mapping.serviceAccount.name, decisions })
    : [];
  if (changes.length === 0) return { steps: [], done: [id] };
  const base = { id, stage: "switch" as const, dependsOn, usages: [usage.id], target };
  const isCluster = clusterSource(facts, target.source) !== undefined;
  const route = routeOf(facts, target, workload, decisionFor(decisions, usage));
  // Whoever makes it: nobody can change one that is there.
  const code = isCluster && route !== "manual" ? unchangeable[target.kind] : undefined;
  if (code !== undefined) return { steps: [changeStep(base, { route: "manual", changes, code })], done: [] };
  const restartsPods =
    isCluster &&
    ["Deployment", "StatefulSet", "DaemonSet"].includes(target.kind) &&
    !(workload && rollsByHand(workload));
  return { steps: [changeStep(base, { route, changes, restartsPods })], done: [] };
}

/** Kinds whose template cannot be patched. */
const unchangeable: Readonly<Record<string, Code>> = { Job: "job-immutable", Pod: "pod-not-managed" };
