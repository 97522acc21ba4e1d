import type { Facts } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import type { Owner } from "../model.ts";
import { type Asked, type Evidence, noted } from "./owner.ts";

const kustomize = "kustomize.toolkit.fluxcd.io";
const helm = "helm.toolkit.fluxcd.io";

/** The labels that Flux sets on all that it applies (fluxcd/pkg ssa/manager.go, SetOwnerLabels). */
export const labelledByFlux: Evidence = asked => {
  const { labels } = asked;
  for (const [group, kind] of [
    [helm, "HelmRelease"],
    [kustomize, "Kustomization"],
  ] as const) {
    const name = labels[`${group}/name`];
    if (name === undefined) continue;
    const namespace = labels[`${group}/namespace`];
    const evidence = noted("label", `${group}/name`, name);
    return { tool: "flux", kind, ...(namespace === undefined ? {} : { namespace }), name, evidence };
  }
  return undefined;
};

/** kustomize-controller applies under its name; helm-controller lets Helm apply, under the name of its own process. */
export const isFluxManager = (manager: string): boolean => /^(kustomize|helm)-controller$/.test(manager);

/**
 * The annotation by which Flux leaves an object alone once it is there: a change in Git never reaches it (kustomize-controller
 * docs/spec/v1/kustomizations.md, "Controlling the apply behavior of resources"). `Merge` is no such thing.
 */
export function leftAloneByFlux({ annotations }: Pick<Asked, "annotations">): string | undefined {
  const [reconcile, ssa] = [`${kustomize}/reconcile`, `${kustomize}/ssa`];
  if (annotations[reconcile]?.toLowerCase() === "disabled")
    return noted("annotation", reconcile, annotations[reconcile]);
  const value = annotations[ssa];
  return value !== undefined && /^(ignore|ifnotpresent)$/i.test(value) ? noted("annotation", ssa, value) : undefined;
}

/** What the Kustomization or HelmRelease that an owner names says of itself; undefined where it was not read or is not there. */
export function fluxState(
  facts: Facts,
  source: string,
  owner: Owner,
): { isSuspended: boolean; detectsDrift: boolean } | undefined {
  const { kind, namespace, name } = owner;
  if (owner.tool !== "flux" || kind === undefined || name === undefined) return undefined;
  const group = kind === "HelmRelease" ? helm : kustomize;
  const spec = facts.objects.find(source, `${kind}.${group}`, namespace, name)?.object.spec;
  if (!isRecord(spec)) return undefined;
  const drift = isRecord(spec.driftDetection) ? spec.driftDetection.mode : undefined;
  return { isSuspended: spec.suspend === true, detectsDrift: kind === "Kustomization" || drift === "enabled" };
}
