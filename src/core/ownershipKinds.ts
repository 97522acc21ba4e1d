import type { ReadKind } from "./kinds.ts";

/**
 * What deployers' own objects say of who writes what, and whether they do so now. Of the spec only what is read here: the rest may
 * hold Helm values, and with them secrets.
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
