import { describe, expect, it } from "vitest";
import { externalDNS } from "../../../src/core/consumers/externalDNS.ts";
import { bound } from "../factories.ts";
import { controller, foreign, secretVolume, told, toldOfFiles } from "./told.ts";

const image = "registry.k8s.io/external-dns/external-dns:v0.14.2";
const config = secretVolume("azure-config-file", "/etc/kubernetes");
const use = {
  consumer: "external-dns",
  object: "Deployment dns/external-dns",
  state: "legacy",
  version: "0.14.2",
  askedBy: ["Deployment dns/external-dns"],
  follows: "pods",
  needsVersion: "0.13.6",
  changes: [],
};
const azureJSON = {
  code: "consumer-settings-elsewhere",
  subject: "Deployment dns/external-dns",
  consumer: "external-dns",
  object: "Secret dns/azure-config-file",
  before: 'azure.json with "useManagedIdentityExtension": true, and "userAssignedIdentityID" where one is named',
  after:
    'azure.json with "useWorkloadIdentityExtension": true, without those two and without "aadClientSecret", which would win',
};

function externalDNSWith(args: string[], options: Parameters<typeof controller>[2] = {}) {
  const { container, ...rest } = options;
  const { mount, podSpec } = config;
  return controller("dns/external-dns", image, { container: { args, ...mount, ...container }, podSpec, ...rest });
}

describe("external-dns", () => {
  it("is found by its image, and its azure.json is somebody's to look at", () => {
    expect(told(externalDNS, [...bound("dns/external-dns"), externalDNSWith(["--provider=azure"])])).toEqual({
      uses: [use],
      findings: [azureJSON],
    });
  });

  it("is found in every copy, by a mirror's path, a digest or its chart's label", () => {
    const { uses } = told(externalDNS, [
      controller("a/external-dns", "shop.azurecr.io/mirror/external-dns:0.13.1@sha256:00", {}),
      controller("b/private", "shop.azurecr.io/dns@sha256:00", {
        labels: { "app.kubernetes.io/name": "external-dns" },
      }),
      controller("c/other", "nginx:1.27"),
    ]);
    expect(uses.map(one => [one.object, one.version])).toEqual([
      ["Deployment a/external-dns", "0.13.1"],
      ["Deployment b/private", undefined],
    ]);
  });

  it("reads flags, their variables and where the file comes from", () => {
    const projected = [{ name: "all", projected: { sources: [{ secret: { name: "dns-settings" } }] } }];
    const { uses, findings } = told(externalDNS, [
      externalDNSWith(["--azure-config-file", "/settings/azure.json", "--azure-user-assigned-identity-client-id=c1"], {
        container: {
          env: [{ name: "EXTERNAL_DNS_PROVIDER", value: "azure-private-dns" }],
          volumeMounts: [
            { name: "root", mountPath: "/" },
            { name: "all", mountPath: "/settings/" },
          ],
        },
        podSpec: { volumes: projected },
      }),
    ]);
    expect(uses).toEqual([{ ...use, clientID: "c1" }]);
    expect(findings).toEqual([{ ...azureJSON, object: "Secret dns/dns-settings" }]);
  });

  it("says so where it reads its node's file", () => {
    const { findings } = told(externalDNS, [
      externalDNSWith([], { podSpec: { volumes: [{ name: "config", hostPath: { path: "/etc/kubernetes" } }] } }),
    ]);
    expect(findings).toEqual([{ ...azureJSON, object: "the node's file /etc/kubernetes/azure.json" }]);
  });

  it("of another cloud, or on neither kind of identity, is no use", () => {
    expect(
      told(externalDNS, [
        externalDNSWith(["--provider", "aws"]),
        controller("dns/node-identity", image, { on: "neither" }),
      ]),
    ).toEqual({ uses: [], findings: [] });
  });

  it("with the label of workload identity alone has moved", () => {
    expect(told(externalDNS, [externalDNSWith([], { on: "workloadIdentity" })])).toEqual({
      uses: [{ ...use, state: "migrated" }],
      findings: [],
    });
  });

  it("from a chart that Helm or Argo CD rendered is changed in values that nobody sees here", () => {
    const { findings } = told(externalDNS, [
      externalDNSWith([], {
        metadata: {
          annotations: { "meta.helm.sh/release-name": "dns", "meta.helm.sh/release-namespace": "dns" },
          labels: { "app.kubernetes.io/managed-by": "Helm" },
        },
      }),
    ]);
    expect(findings).toEqual([
      azureJSON,
      {
        ...azureJSON,
        object: "Helm release dns/dns",
        before: "aadpodidbinding in podLabels",
        after:
          'azure.workload.identity/use: "true" in podLabels, and azure.workload.identity/client-id in the service account\'s annotations',
      },
    ]);
  });

  const release = foreign("helm.toolkit.fluxcd.io/v2", "HelmRelease", "flux-system/dns", {
    chart: { spec: { chart: "external-dns" } },
    values: { podLabels: { aadpodidbinding: "external-dns" } },
  });
  const releaseUse = {
    consumer: "external-dns",
    object: "HelmRelease flux-system/dns",
    state: "legacy",
    askedBy: ["Deployment dns/external-dns"],
    changes: [{ path: ["spec", "values", "podLabels", "azure.workload.identity/use"], after: "true" }],
  };

  it("from a chart that Flux rendered is changed in the release, where its values are there", () => {
    const labels = { "helm.toolkit.fluxcd.io/name": "dns", "helm.toolkit.fluxcd.io/namespace": "flux-system" };
    expect(told(externalDNS, [externalDNSWith([], { metadata: { labels } }), release])).toEqual({
      uses: [use, releaseUse],
      findings: [azureJSON],
    });
  });

  it("is found in a release's values alone, as files have it", () => {
    expect(toldOfFiles(externalDNS, [release])).toEqual({ uses: [{ ...releaseUse, askedBy: [] }], findings: [] });
  });

  it("survives what no API server would take", () => {
    const hostile = controller("dns/external-dns", image, {
      container: { args: "x", env: [null, 1], volumeMounts: { mountPath: 1 } },
      podSpec: { volumes: "none" },
    });
    expect(told(externalDNS, [hostile]).uses).toHaveLength(1);
    expect(told(externalDNS, [foreign("helm.toolkit.fluxcd.io/v2", "HelmRelease", "a/b", { values: ["x"] })])).toEqual({
      uses: [],
      findings: [],
    });
  });
});
