import pLimit from "p-limit";
import { additions } from "../core/changes/additions.ts";
import { withChanges } from "../core/changes/change.ts";
import type { DryRun } from "../core/documents/plan.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { Step } from "../core/model.ts";
import { ApiError, type ClusterAccess } from "../core/ports.ts";
import { podOfTemplate } from "../core/workloads/podOfTemplate.ts";
import { applyStep, look } from "./applyStep.ts";
import type { EnginePorts } from "./ports.ts";

type Reach = Pick<EnginePorts, "cluster" | "azure">;

/**
 * Asks the API server about every live Kubernetes step, with `dryRun=All`: the step itself, and for a template also the pod that
 * would come of it, since webhooks and pod security act on pods. Keys are step ids; pods have `/pod` behind it.
 */
export async function dryRunSteps(steps: readonly Step[], reach: Reach): Promise<Record<string, DryRun>> {
  const limit = pLimit(8);
  const results = await Promise.all(steps.map(step => limit(async () => dryRunStep(step, reach))));
  return Object.fromEntries(results.flat());
}

async function dryRunStep(step: Step, reach: Reach): Promise<[string, DryRun][]> {
  if (step.route !== "live" || step.op === "trust" || step.op === "bind") return [];
  const { source } = step.target;
  const seen = await look(step, reach);
  const object = seen !== "unknown" && "object" in seen ? seen.object : undefined;
  const wanted = (step.op === "create" ? step.object : withChanges(object, step.changes)) as unknown as
    | KubernetesObject
    | undefined;
  const own = await ask(async () => additions(wanted, await applyStep(step, seen, reach, { dryRun: "All" })));
  const pod = step.op === "patch" && wanted ? podOfTemplate(wanted) : undefined;
  if (!pod) return [[step.id, own]];
  return [
    [step.id, own],
    [`${step.id}/pod`, await dryRunPod(pod, reach.cluster(source))],
  ];
}

/** What would become of a pod: nothing is stored, admission and the webhook do run. */
async function dryRunPod(pod: KubernetesObject, cluster: ClusterAccess): Promise<DryRun> {
  return ask(async () => additions(pod, await createdDry(pod, cluster)));
}

export async function createdDry(pod: KubernetesObject, cluster: ClusterAccess): Promise<KubernetesObject> {
  const { name, ...metadata } = pod.metadata;
  return cluster.create({ ...pod, metadata: metadata as KubernetesObject["metadata"] }, { dryRun: "All" });
}

async function ask(request: () => Promise<string[]>): Promise<DryRun> {
  try {
    const adds = await request();
    return { result: "accepted", ...(adds.length > 0 ? { adds } : {}) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { result: isUnanswerable(error) ? "not-checked" : "refused", message: error.message };
  }
}

/**
 * Refusals that say nothing of the real write: the pod's account is only made by an earlier step, a webhook cannot run dry, or
 * this user may not create what the controllers will.
 */
export function isUnanswerable(error: ApiError): boolean {
  return (
    error.status === undefined ||
    error.status >= 500 ||
    error.status === 429 ||
    /error looking up service account|serviceaccounts? "[^"]*" not found/.test(error.message) ||
    /does not support dry run/.test(error.message) ||
    (error.status === 403 && /is forbidden: User /.test(error.message))
  );
}
