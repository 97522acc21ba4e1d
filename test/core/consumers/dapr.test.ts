import { describe, expect, it } from "vitest";
import { dapr } from "../../../src/core/consumers/dapr.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { workload } from "../factories.ts";
import { controller, foreign, told } from "./told.ts";

const application = (name: string, options: Parameters<typeof controller>[2] = {}) =>
  controller(`shop/${name}`, "shop/app:1", {
    annotations: { "dapr.io/enabled": "true", "dapr.io/app-id": name },
    ...options,
  });
const component = (
  name: string,
  metadata: JsonObject[],
  { type = "state.azure.blobstorage", scopes }: { type?: string; scopes?: string[] } = {},
): KubernetesObject => ({
  ...foreign("dapr.io/v1alpha1", "Component", `shop/${name}`, { type, version: "v1", metadata }),
  ...(scopes ? { scopes } : {}),
});
const use = {
  consumer: "dapr",
  object: "Component shop/state",
  state: "legacy",
  clientID: "c1",
  askedBy: ["Deployment shop/cart"],
  follows: "pods",
  changes: [],
};
const named = [{ name: "azureClientId", value: "c1" }];

describe("Dapr", () => {
  it("asks through the sidecars of the applications in a component's namespace", () => {
    expect(told(dapr, [application("cart"), component("state", named)])).toEqual({ uses: [use], findings: [] });
  });

  it.each(["y", "Yes", "TRUE", "t", "on", "1", " true "])("takes %j for true, as its injector does", enabled => {
    const cart = application("cart", { annotations: { "dapr.io/enabled": enabled } });
    expect(told(dapr, [cart, component("state", named)]).uses).toEqual([use]);
  });

  it.each(["false", "0", "no", "yess", ""])("does not take %j for it", enabled => {
    const cart = application("cart", { annotations: { "dapr.io/enabled": enabled } });
    expect(told(dapr, [cart, component("state", named)]).uses).toEqual([]);
  });

  it("keeps to a component's scopes", () => {
    const { uses } = told(dapr, [
      application("cart"),
      application("orders", { on: "workloadIdentity" }),
      component("state", named),
      component("other", [], { scopes: ["orders"] }),
    ]);
    expect(uses).toEqual([
      { ...use, askedBy: ["Deployment shop/cart", "Deployment shop/orders"] },
      {
        consumer: "dapr",
        object: "Component shop/other",
        state: "migrated",
        askedBy: ["Deployment shop/orders"],
        follows: "pods",
        changes: [],
      },
    ]);
  });

  it("sees the sidecar's version in live pods", () => {
    const pod = workload("shop/cart-1", {
      kind: "Pod",
      label: "cart",
      podSpec: { containers: [{ name: "app" }, { name: "daprd", image: "ghcr.io/dapr/daprd:1.14.4" }] },
      metadata: {
        ownerReferences: [
          { apiVersion: "apps/v1", kind: "Deployment", name: "cart", uid: "uid-deployment-cart", controller: true },
        ],
      },
    });
    const { uses } = told(dapr, [application("cart"), pod, component("state", named)]);
    expect(uses).toEqual([{ ...use, version: "1.14.4" }]);
  });

  it.each<[string, JsonObject[], { type?: string }?]>([
    ["a client secret", [...named, { name: "azureClientSecret", value: "s" }]],
    ["a key from a Secret", [{ name: "accountKey", secretKeyRef: { name: "k", key: "k" } }]],
    ["a connection string", [{ name: "connectionString", value: "Endpoint=..." }]],
    ["nothing of Azure", [{ name: "redisHost", value: "redis" }], { type: "state.redis" }],
  ])("with %s needs no identity", (_what, metadata, options) => {
    expect(told(dapr, [application("cart"), component("state", metadata, options)]).uses).toEqual([]);
  });

  it("without a sidecar asks for nothing", () => {
    expect(told(dapr, [application("cart", { annotations: {} }), component("state", named)]).uses).toEqual([]);
    expect(told(dapr, [application("cart", { on: "neither" }), component("state", named)]).uses).toEqual([]);
  });
});
