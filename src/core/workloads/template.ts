import { isEqual, valueAt } from "../changes/change.ts";
import { changesElsewhere } from "../changes/changesElsewhere.ts";
import { decisionFor } from "../decisions.ts";
import { clusterSource, type Facts } from "../facts.ts";
import { isRecord, type Json, type KubernetesObject, podTemplatePath } from "../kubernetes.ts";
import type { Change, Decisions, Usage } from "../model.ts";
import { bindingChange } from "../trust/backend.ts";
import { type TemplateTarget, wantedMetadata } from "./templateTarget.ts";
import { workloadOf } from "./workloads.ts";

/** What a workload's pod template lacks to be on workload identity; empty when it lacks nothing. */
export function templateChanges(workload: KubernetesObject, current: string, target: TemplateTarget): Change[] {
  const base = podTemplatePath(workload) ?? [];
  const wanted: { path: string[]; after: Json }[] = wantedMetadata(target).map(({ map, key, after }) => ({
    path: ["metadata", map, key],
    after,
  }));
  if (current !== target.serviceAccount) {
    wanted.push({ path: ["spec", "serviceAccountName"], after: target.serviceAccount });
    // The server fills in the alias; a change of one of the two alone is undone by the other.
    if (target.alias === "always" || valueAt(workload, [...base, "spec", "serviceAccount"]) !== undefined) {
      wanted.push({ path: ["spec", "serviceAccount"], after: target.serviceAccount });
    }
  }
  return wanted.flatMap(({ path, after }) => {
    const full = base.concat(path);
    const before = valueAt(workload, full);
    if (isEqual(before, after)) return [];
    return [{ path: full, ...(before === undefined ? {} : { before }), after }];
  });
}

/** What the workload's template lacks; used for the mapping's blocks and for the step alike. */
export function changesOf(
  facts: Facts,
  usage: Usage,
  workload: KubernetesObject,
  { serviceAccount, decisions }: { serviceAccount: string; decisions: Decisions },
): Change[] {
  const cluster = clusterSource(facts, usage.workload.source);
  const { clientPath, proxyPort } = decisionFor(decisions, usage);
  const target: TemplateTarget = {
    serviceAccount,
    client: clientPath,
    proxyPort,
    webhookVersion: cluster?.webhook.version,
    binding: bindingChange(facts, decisions, usage),
    alias: cluster ? "always" : "whereItIs",
  };
  const known = workloadOf(facts, usage.workload);
  if (known && known.maker.by !== "kubernetes") return changesElsewhere(facts, known, target);
  return templateChanges(workload, usage.serviceAccount, target);
}

/** Kinds and strategies that leave running pods alone when the template changes: they must be deleted by hand. */
export function rollsByHand({ kind, spec }: KubernetesObject): boolean {
  if (kind === "ReplicaSet" || kind === "ReplicationController") return true;
  const strategy = spec?.updateStrategy;
  return isRecord(strategy) && strategy.type === "OnDelete";
}
