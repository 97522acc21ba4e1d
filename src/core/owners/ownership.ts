import type { Facts } from "../facts.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { ObjectRef, Owner } from "../model.ts";
import { labelledByArgoCD, listedByApplication, trackedByArgoCD } from "./argocd.ts";
import { appliedByRancher, madeByAddon, madeByController, madeByOLM, madeByOwner } from "./controllers.ts";
import { markedByDeployer, releasedByHelm, renderedByHelm, renderedByKustomize } from "./deployers.ts";
import { labelledByFlux, leftAloneByFlux } from "./flux.ts";
import { managedByTool } from "./managers.ts";
import type { Asked, Evidence } from "./owner.ts";

/** Strongest first. What names this very object, or lists it, cannot have been copied; labels can, by controllers above all. */
const evidence: readonly Evidence[] = [
  trackedByArgoCD,
  listedByApplication,
  madeByController,
  labelledByArgoCD,
  labelledByFlux,
  madeByAddon,
  madeByOLM,
  appliedByRancher,
  markedByDeployer,
  // A chart that Argo CD renders has Helm's label, one that Helm installed its annotation too.
  releasedByHelm,
  managedByTool,
  renderedByHelm,
  renderedByKustomize,
  madeByOwner,
];

/** Who puts this object back when somebody changes it, with the evidence; undefined where nothing says so. */
export function ownerOf(facts: Facts, ref: ObjectRef, object: KubernetesObject): Owner | undefined {
  const { labels = {}, annotations = {} } = object.metadata;
  const asked: Asked = { facts, ref, object, labels, annotations };
  for (const one of evidence) {
    const owner = one(asked);
    if (owner) return owner;
  }
  return undefined;
}

/**
 * Why the owner, for now or for ever, does not write this object, so that a change of its source would not reach it: an annotation
 * by which Flux leaves it alone.
 */
export function leftAloneBy(owner: Owner, object: KubernetesObject): string | undefined {
  return owner.tool === "flux" ? leftAloneByFlux({ annotations: object.metadata.annotations ?? {} }) : undefined;
}

/** Where people change what an owner writes: in its source, or in the resource that its controller reads. */
export function sourceOfOwner({ tool }: Owner): "git" | "manual" {
  return tool === "operator" || tool === "addon" ? "manual" : "git";
}
