import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import { runResultLines, stepName } from "../../src/output/text/runResult.ts";

it("tells who was refused for want of rights from who has drifted", () => {
  const usage = (name: string) => `west/shop/Deployment/${name}`;
  const refused = [
    { usage: usage("cart"), differences: ["not allowed: bind ClusterRole view, for RoleBinding shop/read"] },
    { usage: usage("orders"), differences: ["west/shop/Deployment/orders#switch: is not needed any more"] },
  ];
  const none = { applied: 0, unproven: 0, done: 0, git: 0, manual: 0, failed: 0, stopped: 0, waiting: 0, blocked: 0 };
  const result: RunResult = {
    apiVersion: "azwi-migrate.dev/v1alpha1",
    kind: "RunResult",
    toolVersion: "test",
    run: "run-1",
    steps: [],
    proofs: [],
    refused,
    findings: [],
    summary: { ...none, refused: 2 },
  };
  expect(runResultLines(result, { color: new Chalk({ level: 0 }), columns: 120 })).toEqual([
    "✗ Deployment shop/cart needs rights that you lack: none of its steps ran",
    "    not allowed: bind ClusterRole view, for RoleBinding shop/read",
    "✗ Deployment shop/orders is not as it was planned: none of its steps ran",
    "    Deployment shop/orders: is not needed any more",
    "",
    "Apply: nothing to do.",
    "1 workload was refused for want of rights.",
    "1 workload was refused: plan again.",
  ]);
});

it("names what is in no namespace without one", () => {
  expect(stepName("west//ClusterRoleBinding.rbac.authorization.k8s.io/watch#prepare")).toBe(
    "ClusterRoleBinding.rbac.authorization.k8s.io watch",
  );
});
