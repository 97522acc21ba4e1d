import type { ReadKind } from "./kinds.ts";

/** Controllers beside Kubernetes' own that make pods from a template. */
export const foreignControllerKinds: readonly ReadKind[] = [
  { group: "argoproj.io", kind: "Rollout", plural: "rollouts", namespaced: true },
];
