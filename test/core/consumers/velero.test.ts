import { describe, expect, it } from "vitest";
import { velero } from "../../../src/core/consumers/velero.ts";
import { bound } from "../factories.ts";
import { controller, foreign, secretVolume, told } from "./told.ts";

const { mount, podSpec } = secretVolume("cloud-credentials", "/credentials");
const plugin = (version: string) => ({
  initContainers: [{ name: "plugin", image: `velero/velero-plugin-for-microsoft-azure:${version}` }],
});
const server = controller("velero/velero", "velero/velero:v1.11.1", {
  container: { ...mount, env: [{ name: "AZURE_CREDENTIALS_FILE", value: "/credentials/cloud" }] },
  podSpec: { ...podSpec, ...plugin("v1.7.1") },
});
const agent = controller("velero/node-agent", "velero/velero:v1.11.1", { kind: "DaemonSet" });
const location = (name: string, spec: object = {}, kind = "BackupStorageLocation") =>
  foreign("velero.io/v1", kind, `velero/${name}`, { provider: "azure", ...spec });
const settings = (object: string) => ({
  code: "consumer-settings-elsewhere",
  subject: "Deployment velero/velero",
  consumer: "velero",
  object,
  before: "AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP and AZURE_CLOUD_NAME",
  after: "the same, without AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH, which would win",
});

describe("Velero", () => {
  it("asks for its locations, with the plugin's version and credentials that are looked at", () => {
    const askedBy = ["Deployment velero/velero", "DaemonSet velero/node-agent"];
    const through = { consumer: "velero", state: "legacy", version: "1.11.1", askedBy, follows: "pods", changes: [] };
    expect(
      told(velero, [
        ...bound("velero/velero"),
        server,
        agent,
        location("default"),
        location("default", { provider: "velero.io/azure" }, "VolumeSnapshotLocation"),
      ]),
    ).toEqual({
      uses: [
        {
          consumer: "velero",
          object: "Deployment velero/velero",
          state: "legacy",
          version: "1.7.1",
          needsVersion: "1.8.0",
          askedBy: ["Deployment velero/velero"],
          follows: "pods",
          changes: [],
        },
        {
          consumer: "velero",
          object: "DaemonSet velero/node-agent",
          state: "legacy",
          version: "1.11.1",
          askedBy: ["DaemonSet velero/node-agent"],
          follows: "pods",
          changes: [],
        },
        { ...through, object: "BackupStorageLocation velero/default" },
        { ...through, object: "VolumeSnapshotLocation velero/default" },
      ],
      findings: [settings("Secret velero/cloud-credentials")],
    });
  });

  it("has locations with credentials of their own, and some that have a key", () => {
    const { uses, findings } = told(velero, [
      server,
      location("second", { credential: { name: "second-credentials", key: "cloud" } }),
      location("keyed", { config: { storageAccountKeyEnvVar: "KEY" } }),
      location("elsewhere", { provider: "aws" }),
    ]);
    expect(uses.map(one => one.object)).toEqual(["Deployment velero/velero", "BackupStorageLocation velero/second"]);
    expect(findings).toEqual([
      settings("Secret velero/cloud-credentials"),
      settings("Secret velero/second-credentials"),
    ]);
  });

  it("of another cloud, or without pod identity, is no use", () => {
    expect(
      told(velero, [
        controller("velero/velero", "velero/velero:v1.11.1"),
        controller("other/velero", "velero/velero:v1.11.1", { on: "neither", podSpec: plugin("v1.9.0") }),
        location("default", { provider: "aws" }),
        foreign("velero.io/v1", "BackupStorageLocation", "other/default", { provider: "azure" }),
      ]),
    ).toEqual({ uses: [], findings: [] });
  });

  it("that has moved takes its locations along", () => {
    const moved = controller("velero/velero", "velero/velero:v1.16.1", {
      on: "workloadIdentity",
      podSpec: plugin("v1.12.1"),
    });
    const { uses, findings } = told(velero, [moved, location("default")]);
    expect(uses.map(one => [one.object, one.state])).toEqual([
      ["Deployment velero/velero", "migrated"],
      ["BackupStorageLocation velero/default", "migrated"],
    ]);
    expect(findings).toEqual([]);
  });
});
