import type { Facts } from "./facts.ts";
import { type OwnerReference, podTemplatePaths } from "./kubernetes.ts";
import type { FoundObject, SourceId } from "./model.ts";

const kinds = Object.keys(podTemplatePaths);

/** A workload that can be changed, with the live pods that stem from it. */
export interface Workload {
  found: FoundObject;
  pods: FoundObject[];
}

/**
 * The workloads of a source: every built-in object with a pod template that is not made by another one of them. An object
 * whose controller is of a foreign kind, or could not be read, stands for itself: its owner reference tells who makes it.
 */
export function workloadsOf(facts: Facts, source: SourceId): Workload[] {
  const pods = new Map<FoundObject, FoundObject[]>();
  const tops: FoundObject[] = [];
  for (const kind of kinds) {
    for (const found of facts.objects.ofKind(source, kind)) {
      const top = topOf(facts, found);
      if (top === found) tops.push(found);
      if (kind !== "Pod" || hasEnded(found)) continue;
      const list = pods.get(top);
      if (list) list.push(found);
      else pods.set(top, [found]);
    }
  }
  return tops.map(found => ({ found, pods: pods.get(found) ?? [] }));
}

function topOf(facts: Facts, found: FoundObject): FoundObject {
  let top = found;
  // Deployment, ReplicaSet, Pod is the longest chain there is; the bound keeps forged cycles from turning for ever.
  for (let depth = 0; depth < 4; depth++) {
    const owner = controllerOf(top);
    const next =
      owner && kinds.includes(owner.kind)
        ? facts.objects.find(found.ref.source, owner.kind, found.ref.namespace, owner.name)
        : undefined;
    if (!next || (owner?.uid !== undefined && next.ref.uid !== undefined && owner.uid !== next.ref.uid)) return top;
    top = next;
  }
  return top;
}

export function controllerOf(found: FoundObject): OwnerReference | undefined {
  return found.object.metadata.ownerReferences?.find(owner => owner.controller === true);
}

/** Ended and ending pods say nothing about how the workload runs now. */
function hasEnded({ object }: FoundObject): boolean {
  const phase = object.status?.phase;
  return object.metadata.deletionTimestamp !== undefined || phase === "Succeeded" || phase === "Failed";
}
