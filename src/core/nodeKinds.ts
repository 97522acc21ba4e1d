import type { ReadKind } from "./kinds.ts";

/** Nodes tell in which subscription and resource group of Azure a cluster runs. */
export const nodeKinds: readonly ReadKind[] = [
  { group: "", kind: "Node", plural: "nodes", namespaced: false, fields: ["spec.providerID"] },
];
