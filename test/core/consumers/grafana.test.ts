import { describe, expect, it } from "vitest";
import { withChanges } from "../../../src/core/changes/change.ts";
import { grafana } from "../../../src/core/consumers/grafana.ts";
import { controller, told } from "./told.ts";

const image = "docker.io/grafana/grafana:9.5.2";
const env = [
  { name: "GF_AZURE_MANAGED_IDENTITY_ENABLED", value: "true" },
  { name: "GF_AZURE_MANAGED_IDENTITY_CLIENT_ID", value: "c1" },
];
const container = ["spec", "template", "spec", "containers", { match: { name: "main" } }, "env"];
const variable = (name: string) => [...container, { match: { name } }];
const after = { name: "GF_AZURE_WORKLOAD_IDENTITY_ENABLED", value: "true" };
const settings = {
  code: "consumer-settings-elsewhere",
  subject: "Deployment monitoring/grafana",
  consumer: "grafana",
};
const sources = {
  ...settings,
  object: "data sources of Deployment monitoring/grafana",
  before: "azureAuthType: msi in the jsonData of Azure data sources",
  after: "azureAuthType: workloadidentity",
};

describe("Grafana", () => {
  const deployment = controller("monitoring/grafana", image, { container: { env } });

  it("asks IMDS where its variables say so", () => {
    expect(told(grafana, [deployment])).toEqual({
      uses: [
        {
          consumer: "grafana",
          object: "Deployment monitoring/grafana",
          state: "legacy",
          version: "9.5.2",
          needsVersion: "10.1.4",
          clientID: "c1",
          askedBy: ["Deployment monitoring/grafana"],
          changes: [
            { path: variable("GF_AZURE_MANAGED_IDENTITY_ENABLED"), before: env[0] },
            { path: variable("GF_AZURE_MANAGED_IDENTITY_CLIENT_ID"), before: env[1] },
            { path: variable(after.name), after },
          ],
        },
      ],
      findings: [sources],
    });
  });

  it("stays there though its pods have the label, as long as the variable is set", () => {
    const both = controller("monitoring/grafana", image, { container: { env }, on: "both" });
    expect(told(grafana, [both]).uses).toMatchObject([{ state: "legacy" }]);
    const [use] = told(grafana, [both]).uses;
    const done = withChanges(both, use?.changes.filter(change => change.after !== undefined) ?? []);
    expect(JSON.stringify(done)).toContain(JSON.stringify(after));
  });

  it("has its settings in files otherwise", () => {
    const mounts = [
      { name: "config", mountPath: "/etc/grafana/grafana.ini", subPath: "grafana.ini" },
      { name: "sources", mountPath: "/etc/grafana/provisioning/datasources" },
    ];
    const volumes = [
      { name: "config", configMap: { name: "grafana" } },
      { name: "sources", secret: { secretName: "grafana-sources" } },
    ];
    const { uses, findings } = told(grafana, [
      controller("monitoring/grafana", "grafana/grafana-oss:10.4.1", {
        container: { volumeMounts: mounts },
        podSpec: { volumes },
      }),
    ]);
    expect(uses).toMatchObject([{ version: "10.4.1", follows: "pods", changes: [] }]);
    expect(findings).toEqual([
      {
        ...settings,
        object: "ConfigMap monitoring/grafana",
        before: "managed_identity_enabled = true in [azure]",
        after: "workload_identity_enabled = true in [azure]",
      },
      { ...sources, object: "Secret monitoring/grafana-sources" },
    ]);
  });
});
