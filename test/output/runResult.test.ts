import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { Check } from "../../src/core/documents/verification.ts";
import { finding } from "../../src/core/findings/codes.ts";
import { runResultLines, stepName } from "../../src/output/text/runResult.ts";

const empty: RunResult = {
  apiVersion: "azwi-migrate.dev/v1alpha1",
  kind: "RunResult",
  toolVersion: "test",
  run: "run-1",
  steps: [],
  proofs: [],
  refused: [],
  findings: [],
  summary: {
    ...{ applied: 0, unproven: 0, done: 0, git: 0, manual: 0, failed: 0, stopped: 0, waiting: 0, blocked: 0 },
    refused: 0,
  },
};

it("tells who was refused for want of rights from who has drifted", () => {
  const usage = (name: string) => `west/shop/Deployment/${name}`;
  const refused = [
    { usage: usage("cart"), differences: ["not allowed: bind ClusterRole view, for RoleBinding shop/read"] },
    { usage: usage("orders"), differences: ["west/shop/Deployment/orders#switch: is not needed any more"] },
  ];
  const result: RunResult = { ...empty, refused, summary: { ...empty.summary, refused: 2 } };
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

it("tells rights that every workload lacks once", () => {
  const usage = (name: string) => `west/shop/Deployment/${name}`;
  const records = "not allowed: create configmaps in the namespace azwi-migrate, for the records";
  const refused = [
    { usage: usage("cart"), differences: [records, "not allowed: patch deployments in the namespace shop"] },
    { usage: usage("orders"), differences: [records] },
  ];
  expect(runResultLines({ ...empty, refused }, { color: new Chalk({ level: 0 }), columns: 120 }).slice(0, 5)).toEqual([
    "✗ Deployment shop/cart needs rights that you lack: none of its steps ran",
    "    not allowed: patch deployments in the namespace shop",
    "✗ Deployment shop/orders needs rights that you lack: none of its steps ran",
    "✗ Each of these workloads needs beside that",
    `    ${records}`,
  ]);
});

it("tells which service accounts Entra gives no token, and why, once for all of their workloads", () => {
  const proof = (usage: string, account: string, result: Check["result"]): Check => ({
    code: "token-exchanged",
    stage: "prepare",
    usage: `west/shop/Deployment/${usage}`,
    subject: `ServiceAccount shop/${account} as cart`,
    result,
    evidence: "AADSTS53003: Blocked.",
  });
  const subject = { source: "west", apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "shared" };
  const findings = [finding("exchange-refused", { subject }, { identity: "cart", answer: "AADSTS53003: Blocked." })];
  const proofs = [
    proof("cart", "shared", "failed"),
    proof("orders", "shared", "failed"),
    proof("search", "search", "not-checked"),
    proof("web", "web", "passed"),
  ];
  const result: RunResult = { ...empty, proofs, findings: findings as RunResult["findings"] };
  expect(runResultLines(result, { color: new Chalk({ level: 0 }), columns: 120 })).toEqual([
    "✗ ServiceAccount shop/shared as cart: Entra gives no token",
    "? ServiceAccount shop/search as cart: no token was exchanged, so unproven",
    "✗ exchange-refused ServiceAccount shop/shared",
    "    No token was given for cart, for a reason that is not the federated credential. Entra says: AADSTS53003: Blocked.",
    "",
    "Apply: nothing to do.",
  ]);
});

it("tells what a probe pod showed, which is something else than an exchange by ourselves", () => {
  const probe = (name: string, result: Check["result"], evidence: string): Check => ({
    code: "egress-probed",
    stage: "prepare",
    usage: `west/shop/Deployment/${name}`,
    subject: `Deployment shop/${name}`,
    result,
    evidence,
  });
  const proofs = [
    probe("cart", "failed", "a pod like the workload's does not reach the authority host (curl 28)"),
    probe("orders", "not-checked", "the probe pod did not end in time"),
    probe("search", "passed", "a pod with the workload's labels, nodes and account exchanged a token"),
  ];
  expect(runResultLines({ ...empty, proofs }, { color: new Chalk({ level: 0 }), columns: 80 })).toEqual([
    "✗ Deployment shop/cart: its probe pod got no token",
    "    a pod like the workload's does not reach the authority host (curl 28)",
    "? Deployment shop/orders: its probe pod proved nothing",
    "    the probe pod did not end in time",
    "",
    "Apply: nothing to do.",
  ]);
});

it("names what is in no namespace without one", () => {
  expect(stepName("west//ClusterRoleBinding.rbac.authorization.k8s.io/watch#prepare", {})).toBe(
    "ClusterRoleBinding.rbac.authorization.k8s.io watch",
  );
});
