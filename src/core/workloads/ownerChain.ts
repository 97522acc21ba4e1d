import { type Facts, isKnown } from "../facts.ts";
import { foreignControllerOf } from "../foreignControllers.ts";
import { isRecord, kindKey, type OwnerReference, podTemplatePath } from "../kubernetes.ts";
import type { FoundObject, ObjectRef } from "../model.ts";
import { perFacts } from "../perFacts.ts";

/** The owner that controls an object. Some programs do not say so of the only owner of their pods: it counts as well. */
export function controllerOf({ ref, object }: FoundObject): OwnerReference | undefined {
  const references: unknown = object.metadata.ownerReferences;
  const owners = (Array.isArray(references) ? references : []).filter(isOwner);
  const controller = owners.find(owner => owner.controller === true);
  return controller ?? (ref.kind === "Pod" && owners.length === 1 ? owners[0] : undefined);
}

function isOwner(value: unknown): value is OwnerReference {
  return (
    isRecord(value) &&
    typeof value.apiVersion === "string" &&
    typeof value.kind === "string" &&
    typeof value.name === "string"
  );
}

/** What was read of an owner. `gone`: its kind was read and it is not there; `unread`: nobody can say. */
export type Owner = { found: FoundObject } | { gone: OwnerReference } | { unread: OwnerReference };

/** The object that makes this one, as far as it was read; undefined where nothing does. */
export function makerOf(facts: Facts, child: FoundObject): Owner | undefined {
  const owner = controllerOf(child);
  if (!owner) {
    const rollout = rolloutOf(facts, child);
    return rollout && { found: rollout };
  }
  // The kubelet makes the API's copy of a static pod in the name of its node (pkg/kubelet/pod/mirror_client.go).
  if (owner.kind === "Node" && owner.apiVersion === "v1") return undefined;
  const { source, namespace } = child.ref;
  const key = kindKey(owner);
  const seen = facts.objects.find(source, key, namespace, owner.name);
  if (seen)
    return owner.uid !== undefined && seen.ref.uid !== undefined && owner.uid !== seen.ref.uid
      ? { gone: owner }
      : { found: seen };
  // Of Kubernetes' own kinds everything is read; who is not there has been deleted, and left this one behind.
  return podTemplatePath(owner) && isKnown(facts, source, key, namespace) ? { gone: owner } : { unread: owner };
}

/** Longer than any chain that controllers make; forged ones end somewhere. */
const longest = 16;

/**
 * The objects from this one up to the topmost that was read, this one first, and the owner above it that was not. A chain
 * that turns in a circle ends where it began.
 */
export function chainOf(facts: Facts, found: FoundObject): { chain: FoundObject[]; unread?: OwnerReference } {
  const chain = [found];
  for (let top = found; chain.length < longest; ) {
    const maker = makerOf(facts, top);
    if (!maker || "gone" in maker || !leadsOn(top, "found" in maker ? maker.found.ref : maker.unread)) break;
    if ("unread" in maker) return { chain, unread: maker.unread };
    if (chain.includes(maker.found)) return { chain: [found] };
    top = maker.found;
    chain.push(top);
  }
  return { chain };
}

/**
 * Whether an owner is the workload rather than what it owns. Where both have a template that is known it is. An unknown
 * operator's Deployment is a workload by itself, since it can be changed: that it has an owner decides how, not where.
 */
function leadsOn({ ref }: FoundObject, owner: { apiVersion: string; kind: string }): boolean {
  if (podTemplatePath(owner) || foreignControllerOf(owner)) return true;
  return ["Pod", "ReplicaSet", "Job"].includes(kindKey(ref));
}

/** A Rollout may take its template from a Deployment, which it scales down (argo-rollouts, docs/migrating.md). */
function rolloutOf(facts: Facts, { ref }: FoundObject): FoundObject | undefined {
  return kindKey(ref) === "Deployment"
    ? rolloutsByDeployment(facts).get(`${ref.source}\n${ref.namespace}\n${ref.name}`)
    : undefined;
}

const rolloutsByDeployment = perFacts(facts => {
  const rollouts = new Map<string, FoundObject>();
  for (const source of facts.sources) {
    for (const rollout of facts.objects.ofKind(source.id, "Rollout.argoproj.io")) {
      const { workloadRef } = rollout.object.spec ?? {};
      if (!isRecord(workloadRef) || workloadRef.kind !== "Deployment") continue;
      rollouts.set(`${source.id}\n${rollout.ref.namespace}\n${String(workloadRef.name)}`, rollout);
    }
  }
  return rollouts;
});

/** The Deployment that a Rollout takes its template from, where it has none of its own. */
export function templateHolderOf(facts: Facts, { ref, object }: FoundObject): ObjectRef | undefined {
  if (kindKey(ref) !== "Rollout.argoproj.io") return undefined;
  const { workloadRef } = object.spec ?? {};
  return isRecord(workloadRef) && typeof workloadRef.name === "string"
    ? facts.objects.find(ref.source, "Deployment", ref.namespace, workloadRef.name)?.ref
    : undefined;
}
