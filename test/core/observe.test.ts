import { describe, expect, it } from "vitest";
import type { Step, StepOf } from "../../src/core/model.ts";
import { observe, type Seen } from "../../src/core/observe.ts";
import { audience, credential, issuer, west } from "./factories.ts";

const base: Pick<Step, "stage" | "dependsOn" | "usages"> = { stage: "prepare", dependsOn: [], usages: ["u"] };
const target = { source: west, apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart" };
const annotations = { "azure.workload.identity/client-id": "c" };
const account = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "cart", namespace: "shop", annotations },
};
const create: StepOf<"create"> = { ...base, id: "create", route: "live", op: "create", target, object: account };
const path = ["metadata", "annotations", "azure.workload.identity/client-id"];
const patch: StepOf<"patch"> = {
  ...base,
  id: "patch",
  route: "live",
  op: "patch",
  target,
  changes: [{ path, after: "c" }],
};
const manual: StepOf<"manual"> = {
  ...base,
  id: "manual",
  route: "manual",
  op: "manual",
  code: "job-immutable",
  target,
  changes: patch.changes,
};
const trust: StepOf<"trust"> = {
  ...base,
  id: "trust",
  route: "live",
  op: "trust",
  target: { source: west, kind: "FederatedIdentityCredential", principal: "/id", name: "shop-cart" },
  trust: {
    principal: "/id",
    issuer,
    subject: "system:serviceaccount:shop:cart",
    audience,
    backend: "federatedCredential",
    name: "shop-cart",
  },
};
const other = { metadata: { annotations: { "azure.workload.identity/client-id": "d" } } };
const bare = { metadata: { name: "cart" } };

describe("a step stands as", () => {
  it.each<[string, string, Step, Seen]>([
    ["create", "pending", create, { object: undefined }],
    ["create", "done, whatever the server added", create, { object: { ...account, secrets: [] } }],
    ["create", "drifted, where another object has the name", create, { object: bare }],
    ["patch", "pending", patch, { object: bare }],
    ["patch", "done", patch, { object: account }],
    ["patch", "drifted, where the value is another", patch, { object: other }],
    ["patch", "drifted, where the object is gone", patch, { object: undefined }],
    ["manual", "pending, until people did it", manual, { object: bare }],
    ["manual", "done, once they did", manual, { object: account }],
    ["trust", "pending", trust, { credentials: [] }],
    ["trust", "pending beside other credentials", trust, { credentials: [credential("shop-orders", "shop:orders")] }],
    ["trust", "done, whatever the credential is called", trust, { credentials: [credential("mine", "shop:cart")] }],
    ["trust", "drifted, where its name has another subject", trust, { credentials: [credential("shop-cart", "a:b")] }],
    [
      "trust",
      "drifted, where issuer and subject have another audience",
      trust,
      { credentials: [credential("mine", "shop:cart", { audience: "other" })] },
    ],
    [
      "trust",
      "pending, where the subject is trusted from another issuer",
      trust,
      { credentials: [credential("mine", "shop:cart", { issuer: "https://east/" })] },
    ],
  ])("%s: %s", (_, expected, step, seen) => {
    expect(observe(step, seen)).toBe(expected.split(",")[0]?.split(" ")[0]);
  });

  it("unknown where nobody could look, or at something else", () => {
    for (const step of [create, patch, manual, trust]) expect(observe(step, "unknown")).toBe("unknown");
    expect(observe(trust, { object: {} })).toBe("unknown");
    expect(observe(create, { credentials: [] })).toBe("unknown");
    expect(observe(patch, { credentials: [] })).toBe("unknown");
  });
});
