import type { Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { stringsOf } from "../foreignControllers/podPlace.ts";
import { type KubernetesObject, type PodTemplate, podTemplateOf } from "../kubernetes.ts";
import type { FoundObject, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { selectsWorkloadIdentity } from "../workloadIdentity/workloadIdentity.ts";
import { controllerOf } from "./ownerChain.ts";
import type { Workload } from "./workloads.ts";

/**
 * What a workload's pods are made from as far as identity goes: of several templates one with the label that is not on
 * workload identity yet. Where no template has the label but live pods do, it has theirs.
 */
export function templateInUse({ templates, pods }: Workload): PodTemplate | undefined {
  const labelled = templates.filter(template => labelIn(template) !== undefined);
  const own = labelled.find(template => !selectsWorkloadIdentity(template)) ?? labelled[0];
  if (own) return own;
  const [template] = templates;
  const [label] = pods.flatMap(pod => labelOn(pod.object) ?? []).sort(compare);
  if (!template || label === undefined) return template;
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, [bindingLabel]: label } },
  };
}

/** Every value of the label that its templates or its live pods have; undefined among them where one of them has none. */
export function labelsInUse({ templates, pods }: Workload): readonly (string | undefined)[] {
  const inTemplates = templates.map(labelIn);
  const labelled = inTemplates.filter(label => label !== undefined);
  const all = [...(labelled.length > 0 ? labelled : inTemplates), ...pods.map(pod => labelOn(pod.object))];
  return [...new Set(all)].sort((a, b) => compare(a ?? "", b ?? ""));
}

export type PodLabels = Readonly<Record<string, string>>;

/** The labels of its pods: as each template has them, and as each live pod has them, to which controllers and webhooks add. */
export function podLabelsInUse({ templates, pods }: Workload): readonly PodLabels[] {
  const all = [...templates, ...pods.map(pod => pod.object)].map(({ metadata }) => metadata?.labels ?? {});
  // What pods have in common is kept once (kube/shared.ts).
  return [...new Set(all)];
}

/**
 * Where live pods have another label than the template they come from: MIC and NMI go by the pods, while the next rollout
 * makes pods of the template.
 */
export function labelFindings(facts: Facts, workload: Workload, state: Usage["state"]): Finding[] {
  const { found, templates, pods, maker } = workload;
  if (maker.by !== "kubernetes" && maker.by !== "foreign") return [];
  // What a foreign controller makes pods of is not all in its templates, and a pod is its own.
  const inTemplates = new Set(templates.map(labelIn).filter(label => label !== undefined));
  const isOdd = (pod: FoundObject) => pod !== found && !inTemplates.has(labelOn(pod.object) ?? "");
  const odd = templates.length === 0 ? [] : pods.filter(isOdd);
  const changed = odd.filter(pod => labelOn(pod.object) !== undefined);
  const removed = maker.by === "foreign" ? [] : odd.filter(pod => labelOn(pod.object) === undefined);
  const about = { subject: found.ref, ...(found.location ? { at: found.location } : {}) };
  const findings: Finding[] = [];
  if (changed.length > 0) {
    const onPods = [...new Set(changed.map(pod => labelOn(pod.object) ?? ""))].sort(compare);
    const inTemplate = [...inTemplates].sort(compare);
    const since = sinceOf(facts, changed);
    findings.push(finding("label-differs-on-pods", about, { onPods, inTemplate, since }));
  }
  if (removed.length > 0 && inTemplates.size > 0 && state !== "migrated") {
    const inTemplate = [...inTemplates].sort(compare);
    findings.push(finding("label-missing-on-pods", about, { inTemplate, since: sinceOf(facts, removed) }));
  }
  return findings;
}

/** `olderTemplate` where the ReplicaSet of each pod has the pod's label; else somebody has changed the pods, or nobody can say. */
function sinceOf(facts: Facts, pods: readonly FoundObject[]): "olderTemplate" | "byHand" | "unknown" {
  const templates = pods.map(pod => {
    const owner = controllerOf(pod);
    if (owner?.kind !== "ReplicaSet") return undefined;
    const replicaSet = facts.objects.find(pod.ref.source, "ReplicaSet", pod.ref.namespace, owner.name);
    const template = replicaSet && podTemplateOf(replicaSet.object);
    return template && { isItsLabel: labelIn(template) === labelOn(pod.object) };
  });
  if (templates.some(one => one?.isItsLabel === false)) return "byHand";
  return templates.every(one => one?.isItsLabel === true) ? "olderTemplate" : "unknown";
}

function labelIn(template: PodTemplate): string | undefined {
  return stringsOf(template.metadata?.labels)[bindingLabel];
}

function labelOn({ metadata }: KubernetesObject): string | undefined {
  const label: unknown = metadata.labels?.[bindingLabel];
  return typeof label === "string" ? label : undefined;
}
