import type { ReadKind } from "../kinds.ts";

/**
 * What deployers' own objects say of who writes what, and whether they do so now: of the spec only what is read here. Where a
 * consumer reads the same kind (Helm values in a HelmRelease), the fields of both are kept.
 */
export const ownershipKinds: readonly ReadKind[] = [
  {
    group: "argoproj.io",
    kind: "Application",
    plural: "applications",
    namespaced: true,
    fields: ["spec.destination", "spec.syncPolicy.automated", "status.resources"],
  },
  {
    group: "kustomize.toolkit.fluxcd.io",
    kind: "Kustomization",
    plural: "kustomizations",
    namespaced: true,
    fields: ["spec.suspend"],
  },
  {
    group: "helm.toolkit.fluxcd.io",
    kind: "HelmRelease",
    plural: "helmreleases",
    namespaced: true,
    fields: ["spec.suspend", "spec.driftDetection"],
  },
];
