import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { app, engineWorld } from "./world.ts";

export const rbac = "rbac.authorization.k8s.io";
export const subject = (name: string) => ({ kind: "ServiceAccount", name, namespace: "shop" });

function binding(kind: string, name: string, subjects: string[]): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(kind === "RoleBinding" ? { namespace: "shop" } : {}) },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "view" },
    subjects: subjects.map(subject),
  };
}

/** Two workloads that have to leave one account, which is in two role bindings. */
export const sharedWorld = () =>
  engineWorld({
    identities: ["red", "blue"],
    objects: [
      ...app("cart", { identity: "red", account: "till" }),
      ...app("orders", { identity: "blue", account: "till" }).slice(1),
      binding("RoleBinding", "read", ["till"]),
      binding("ClusterRoleBinding", "watch", ["till"]),
    ],
  });
