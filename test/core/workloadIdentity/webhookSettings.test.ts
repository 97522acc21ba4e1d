import { describe, expect, it } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { settingsConfigMapsOf, webhookSettings } from "../../../src/core/workloadIdentity/webhookSettings.ts";

const deployment = (container: JsonObject): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "azure-wi-webhook-controller-manager" },
  spec: { template: { spec: { containers: [{ name: "log" }, { name: "manager", ...container }] } } },
});
const configMaps: Record<string, Record<string, string>> = {
  config: { AZURE_TENANT_ID: "mine", AZURE_ENVIRONMENT: "AzurePublicCloud" },
  later: { AZURE_TENANT_ID: "later" },
  keys: { tenant: "by key", TENANT_ID: "by prefix" },
};
const seen = (container: JsonObject) =>
  webhookSettings(deployment(container), name => {
    const data = configMaps[name];
    return data && { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
  });
const whole = (name: string, prefix?: string) => ({ configMapRef: { name }, ...(prefix ? { prefix } : {}) });
const key = (name: string, keyOf: string) => ({ configMapKeyRef: { name, key: keyOf } });

describe("the settings of the webhook", () => {
  it.each<[string, JsonObject, ReturnType<typeof seen>]>([
    [
      "come from its ConfigMap, as the published manifest has it",
      { envFrom: [whole("config")] },
      { tenantID: "mine", environment: "AzurePublicCloud" },
    ],
    ["come from the last of several", { envFrom: [whole("later"), whole("config")] }, both("mine")],
    ["stay where a later one says nothing", { envFrom: [whole("config"), whole("keys")] }, both("mine")],
    [
      "come first from variables of its own",
      { envFrom: [whole("config")], env: [{ name: "AZURE_TENANT_ID", value: "own" }] },
      both("own"),
    ],
    [
      "come from a key of a ConfigMap",
      { env: [{ name: "AZURE_TENANT_ID", valueFrom: key("keys", "tenant") }] },
      { tenantID: "by key" },
    ],
    ["come from a ConfigMap with a prefix", { envFrom: [whole("keys", "AZURE_")] }, { tenantID: "by prefix" }],
    ["are not known where a variable is filled in", { env: [{ name: "AZURE_TENANT_ID", value: "$(TENANT)" }] }, {}],
    [
      "are not known where a Secret has them, whatever a ConfigMap says",
      {
        env: [{ name: "AZURE_TENANT_ID", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
        envFrom: [whole("later")],
      },
      {},
    ],
    ["are not known where the ConfigMap was not read", { envFrom: [whole("gone")] }, {}],
    ["are none of what is malformed", { env: "no list", envFrom: [{ configMapRef: 1, prefix: 2 }] }, {}],
  ])("%s", (_, container, settings) => {
    expect(seen(container)).toEqual(settings);
  });

  it("are looked for in the ConfigMaps that it names, each once", () => {
    const env = [
      { name: "AZURE_TENANT_ID", valueFrom: key("keys", "tenant") },
      { name: "PROXY_IMAGE", valueFrom: key("other", "image") },
    ];
    expect(
      settingsConfigMapsOf(
        deployment({ env, envFrom: [whole("config"), { secretRef: { name: "s" } }, whole("keys")] }),
      ),
    ).toEqual(["config", "keys"]);
  });
});

function both(tenantID: string) {
  return { tenantID, environment: "AzurePublicCloud" };
}
