import { describe, expect, it } from "vitest";
import { keda } from "../../../src/core/consumers/keda.ts";
import type { JsonObject } from "../../../src/core/kubernetes.ts";
import { bound, clientIDOf } from "../factories.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const operator = (version = "2.14.0", on?: "both" | "neither") =>
  controller("keda/keda-operator", `ghcr.io/kedacore/keda:${version}`, on ? { on } : {});
const world = [...bound("keda/keda-operator"), operator()];
const authentication = (path: string, spec: JsonObject) =>
  foreign("keda.sh/v1alpha1", "TriggerAuthentication", path, spec);
const use = {
  consumer: "keda",
  object: "TriggerAuthentication shop/queue",
  state: "legacy",
  version: "2.14.0",
  needsVersion: "2.8.0",
  askedBy: ["Deployment keda/keda-operator"],
  usedBy: [],
  changes: [{ path: ["spec", "podIdentity", "provider"], before: "azure", after: "azure-workload" }],
};

describe("KEDA", () => {
  it("asks for tokens with its operator's identity, or the one that is named", () => {
    expect(
      told(keda, [
        ...world,
        authentication("shop/queue", { podIdentity: { provider: "azure" } }),
        authentication("shop/topic", { podIdentity: { provider: "azure", identityId: clientIDOf("cart") } }),
      ]),
    ).toEqual({
      uses: [use, { ...use, object: "TriggerAuthentication shop/topic", clientID: clientIDOf("cart") }],
      findings: [],
    });
  });

  it("is told by objects of the whole cluster, and for the secrets of a vault, as well", () => {
    const vault = { podIdentity: { provider: "azure", identityId: clientIDOf("vault") }, vaultUri: "https://x" };
    const object = foreign("keda.sh/v1alpha1", "ClusterTriggerAuthentication", "queue", {
      podIdentity: { provider: "azure-workload" },
      azureKeyVault: vault,
    });
    expect(told(keda, [...world, object]).uses).toEqual([
      { ...use, object: "ClusterTriggerAuthentication queue", state: "migrated", changes: [] },
      {
        ...use,
        object: "ClusterTriggerAuthentication queue",
        clientID: clientIDOf("vault"),
        changes: [
          { path: ["spec", "azureKeyVault", "podIdentity", "provider"], before: "azure", after: "azure-workload" },
        ],
      },
    ]);
  });

  it("names who goes by an object", () => {
    const scaler = (kind: string, path: string, authenticationRef: JsonObject) =>
      foreign("keda.sh/v1alpha1", kind, path, { triggers: [{ type: "azure-queue", authenticationRef }, null] });
    const { uses } = told(keda, [
      ...world,
      authentication("shop/queue", { podIdentity: { provider: "azure" } }),
      foreign("keda.sh/v1alpha1", "ClusterTriggerAuthentication", "queue", { podIdentity: { provider: "azure" } }),
      scaler("ScaledObject", "shop/cart", { name: "queue" }),
      scaler("ScaledJob", "shop/report", { name: "queue", kind: "TriggerAuthentication" }),
      scaler("ScaledObject", "bank/cart", { name: "queue" }),
      scaler("ScaledObject", "bank/orders", { name: "queue", kind: "ClusterTriggerAuthentication" }),
    ]);
    expect(uses.map(({ object, usedBy }) => ({ object, usedBy }))).toEqual([
      { object: "TriggerAuthentication shop/queue", usedBy: ["ScaledObject shop/cart", "ScaledJob shop/report"] },
      { object: "ClusterTriggerAuthentication queue", usedBy: ["ScaledObject bank/orders"] },
    ]);
  });

  it.each(["2.15.0", "2.17.2", "2.15.1-rc.1"])("does not know the provider azure any more in %s", version => {
    const { findings } = told(keda, [
      ...bound("keda/keda-operator"),
      operator(version),
      authentication("shop/queue", { podIdentity: { provider: "azure" } }),
      authentication("shop/new", { podIdentity: { provider: "azure-workload" } }),
    ]);
    expect(findings).toEqual([{ code: "keda-provider-gone", subject: "TriggerAuthentication shop/queue", version }]);
  });

  it("is of no interest with other providers, or none", () => {
    const specs: JsonObject[] = [
      { podIdentity: { provider: "aws" } },
      { podIdentity: { provider: "none" } },
      { podIdentity: "azure" },
      { podIdentity: { provider: ["azure"] } },
      { secretTargetRef: [] },
      {},
    ];
    const objects = specs.map((spec, index) => authentication(`shop/${index}`, spec));
    expect(told(keda, [...world, ...objects])).toEqual({ uses: [], findings: [] });
  });

  it("is found in files without its operator", () => {
    const objects = [authentication("shop/queue", { podIdentity: { provider: "azure" } })];
    expect(toldOfFiles(keda, objects).uses).toMatchObject([{ state: "legacy", askedBy: [] }]);
  });

  it("is known by its own image and by its chart's label, not by its metrics server", () => {
    const { uses } = told(keda, [
      authentication("shop/queue", { podIdentity: { provider: "azure" } }),
      controller("keda/metrics", "ghcr.io/kedacore/keda-metrics-apiserver:2.14.0"),
      controller("keda/mirrored", "registry.example/shop:1", { labels: { "app.kubernetes.io/name": "keda-operator" } }),
      controller("kube-system/keda-operator", "mcr.microsoft.com/oss/kubernetes/kedacore/keda:2.10.1", { on: "both" }),
    ]);
    expect(uses).toMatchObject([{ askedBy: ["Deployment keda/mirrored", "Deployment kube-system/keda-operator"] }]);
  });

  it("may use pod identity through what cannot be read", () => {
    const kind = "TriggerAuthentication.keda.sh";
    expect(told(keda, world, { unknown: [{ kind, except: ["shop"] }] })).toEqual({
      uses: [],
      findings: [],
      unread: [{ kind, askedBy: ["Deployment keda/keda-operator"] }],
    });
  });
});
