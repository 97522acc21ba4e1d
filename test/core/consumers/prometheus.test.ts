import { describe, expect, it } from "vitest";
import { prometheus } from "../../../src/core/consumers/prometheus.ts";
import type { JsonObject } from "../../../src/core/kubernetes.ts";
import { controller, foreign, secretVolume, told, toldOfFiles } from "./told.ts";

const made = controller("monitoring/prometheus-main", "quay.io/prometheus/prometheus:v2.54.1", {
  kind: "StatefulSet",
  metadata: {
    ownerReferences: [
      { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", name: "main", uid: "u", controller: true },
    ],
  },
});
const pods = "StatefulSet monitoring/prometheus-main";
const own = {
  consumer: "prometheus",
  object: pods,
  state: "legacy",
  version: "2.54.1",
  askedBy: [pods],
  follows: "pods",
  changes: [],
};
const main = (spec: JsonObject) => foreign("monitoring.coreos.com/v1", "Prometheus", "monitoring/main", spec);
const scrape = (configs: JsonObject[], path = "monitoring/vms") =>
  foreign("monitoring.coreos.com/v1alpha1", "ScrapeConfig", path, { azureSDConfigs: configs });
const managed = { url: "https://write.example", azureAd: { managedIdentity: { clientId: "c1" } } };
const write = ["spec", "remoteWrite", { match: { url: "https://write.example" } }, "azureAd"];
const use = {
  consumer: "prometheus",
  object: "Prometheus monitoring/main",
  state: "legacy",
  version: "2.54.1",
  needsVersion: "2.52.0",
  clientID: "c1",
  askedBy: [pods],
  changes: [
    { path: [...write, "managedIdentity"], before: { clientId: "c1" } },
    { path: [...write, "sdk"], after: {} },
  ],
};

describe("Prometheus", () => {
  it("of the operator writes as azureAd says", () => {
    const other = { url: "https://other.example", azureAd: { workloadIdentity: { clientId: "c", tenantId: "t" } } };
    expect(told(prometheus, [made, main({ remoteWrite: [managed, other] })])).toEqual({
      uses: [own, use],
      findings: [],
    });
  });

  it("of the operator gets its label from podMetadata, and its version from the object", () => {
    const labels = { podMetadata: { labels: { aadpodidbinding: "prometheus-main" } } };
    const { uses } = told(prometheus, [made, main({ version: "v2.45.0", remoteWrite: [managed], ...labels })]);
    expect(uses[1]).toEqual({
      ...use,
      version: "2.45.0",
      changes: [
        { path: ["spec", "podMetadata", "labels", "azure.workload.identity/use"], after: "true" },
        ...use.changes,
      ],
    });
  });

  it("finds virtual machines as ScrapeConfigs say that it selects", () => {
    const configs = [
      { subscriptionID: "s1", authenticationMethod: "ManagedIdentity" },
      { subscriptionID: "s1", resourceGroup: "g", authenticationMethod: "ManagedIdentity" },
      { subscriptionID: "s2", authenticationMethod: "OAuth" },
    ];
    const { uses } = told(prometheus, [made, main({ scrapeConfigSelector: {} }), scrape(configs)]);
    const at = (match: Record<string, string>) => ["spec", "azureSDConfigs", { match }, "authenticationMethod"];
    expect(uses[1]).toEqual({
      consumer: "prometheus",
      object: "ScrapeConfig monitoring/vms",
      state: "legacy",
      askedBy: [pods],
      changes: [
        { path: at({ subscriptionID: "s1" }), before: "ManagedIdentity", after: "SDK" },
        { path: at({ subscriptionID: "s1", resourceGroup: "g" }), before: "ManagedIdentity", after: "SDK" },
      ],
    });
    const elsewhere = scrape(configs, "shop/vms");
    expect(told(prometheus, [made, main({ scrapeConfigSelector: {} }), elsewhere]).uses).toEqual([own]);
    const everywhere = main({ scrapeConfigSelector: {}, scrapeConfigNamespaceSelector: {} });
    expect(told(prometheus, [made, everywhere, elsewhere]).uses[1]?.askedBy).toEqual([pods]);
  });

  it("on the node's identity is no use; files tell of objects alone", () => {
    const onNode = controller("monitoring/prometheus-main", "quay.io/prometheus/prometheus:v2.54.1", {
      kind: "StatefulSet",
      on: "neither",
      metadata: made.metadata,
    });
    const { askedBy: _pods, version: _image, ...alone } = use;
    const vms = scrape([{ subscriptionID: "s1", authenticationMethod: "ManagedIdentity" }]);
    const asking = main({ remoteWrite: [managed], scrapeConfigSelector: {} });
    expect(told(prometheus, [onNode, asking, vms]).uses).toEqual([]);
    expect(toldOfFiles(prometheus, [main({ remoteWrite: [managed] })]).uses).toEqual([{ ...alone, askedBy: [] }]);
  });

  it("has more in a Secret where additionalScrapeConfigs names one", () => {
    const { findings } = told(prometheus, [made, main({ additionalScrapeConfigs: { name: "more", key: "more.yml" } })]);
    expect(findings).toEqual([
      {
        code: "consumer-settings-elsewhere",
        subject: pods,
        consumer: "prometheus",
        object: "Secret monitoring/more",
        before: "azure_sd_configs with authentication_method: ManagedIdentity",
        after: "authentication_method: SDK",
      },
    ]);
  });

  it("without an operator has a file that nobody sees in a cluster", () => {
    const { mount } = secretVolume("x", "/etc/config");
    const plain = controller("monitoring/server", "prom/prometheus:v3.5.0", {
      container: { ...mount, args: ["--config.file=/etc/config/prometheus.yml"] },
      podSpec: { volumes: [{ name: "config", configMap: { name: "prometheus-server" } }] },
    });
    expect(told(prometheus, [plain]).findings).toEqual([
      {
        code: "consumer-settings-elsewhere",
        subject: "Deployment monitoring/server",
        consumer: "prometheus",
        object: "ConfigMap monitoring/prometheus-server",
        before: "azuread.managed_identity in remote_write, authentication_method: ManagedIdentity in azure_sd_configs",
        after:
          "azuread.sdk (Prometheus 2.52) or azuread.workload_identity with client_id and tenant_id (3.7); authentication_method: SDK",
      },
    ]);
  });

  it("survives lists of anything", () => {
    const odd = { remoteWrite: [null, "x", { url: 1, azureAd: { managedIdentity: {} } }, { azureAd: [] }] };
    expect(told(prometheus, [made, main(odd), scrape([{ authenticationMethod: "ManagedIdentity" }])])).toEqual({
      uses: [own],
      findings: [],
    });
  });

  it("is the ruler of Thanos too, whose versions are its own", () => {
    const ruler = foreign("monitoring.coreos.com/v1", "ThanosRuler", "monitoring/rules", {
      version: "v0.34.0",
      podMetadata: { labels: { aadpodidbinding: "rules" } },
      remoteWrite: [managed],
    });
    const owner = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ThanosRuler",
      name: "rules",
      uid: "u",
      controller: true,
    };
    const rulerPods = controller("monitoring/thanos-ruler-rules", "quay.io/thanos/thanos:v0.34.0", {
      kind: "StatefulSet",
      metadata: { ownerReferences: [owner] },
    });
    const store = controller("monitoring/thanos-store", "quay.io/thanos/thanos:v0.34.0", { kind: "StatefulSet" });
    const its = "StatefulSet monitoring/thanos-ruler-rules";
    const { needsVersion: _ofPrometheus, ...rest } = use;
    const labelled = { path: ["spec", "podMetadata", "labels", "azure.workload.identity/use"], after: "true" };
    const objects = [rulerPods, store, ruler];
    expect(told(prometheus, objects)).toEqual({
      uses: [
        { ...own, object: its, version: "0.34.0", askedBy: [its] },
        {
          ...rest,
          object: "ThanosRuler monitoring/rules",
          version: "0.34.0",
          askedBy: [its],
          changes: [labelled, ...use.changes],
        },
      ],
      findings: [],
    });
    expect(toldOfFiles(prometheus, [ruler]).uses).toMatchObject([{ state: "legacy", clientID: "c1", askedBy: [] }]);
  });
});
