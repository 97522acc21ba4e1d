import { describe, expect, it } from "vitest";
import { configMapsOf, environmentVariable, programContainerOf } from "../../src/core/goFlags.ts";
import type { JsonObject } from "../../src/core/kubernetes.ts";

const configMaps: Record<string, Record<string, string>> = {
  config: { AZURE_TENANT_ID: "mine" },
  later: { AZURE_TENANT_ID: "later" },
  keys: { tenant: "by key", TENANT_ID: "by prefix" },
};
const tenantOf = (container: JsonObject) =>
  environmentVariable(programContainerOf(container), "AZURE_TENANT_ID", name => {
    const data = configMaps[name];
    return data && new Map(Object.entries(data));
  });
const whole = (name: string, prefix?: string) => ({ configMapRef: { name }, ...(prefix ? { prefix } : {}) });
const variable = (rest: JsonObject) => ({ name: "AZURE_TENANT_ID", ...rest });
const key = (name: string, keyOf: string) => variable({ valueFrom: { configMapKeyRef: { name, key: keyOf } } });
const secret = { secretRef: { name: "s" } };

describe("a variable of a container", () => {
  it.each<[string, JsonObject, string | undefined]>([
    ["comes from a ConfigMap", { envFrom: [whole("config")] }, "mine"],
    ["comes from the last of several", { envFrom: [whole("later"), whole("config")] }, "mine"],
    [
      "comes from one before, where the last one has no such key",
      { envFrom: [whole("config"), whole("keys")] },
      "mine",
    ],
    ["is the container's own before all", { envFrom: [whole("config")], env: [variable({ value: "own" })] }, "own"],
    ["comes from a key of a ConfigMap", { env: [key("keys", "tenant")] }, "by key"],
    ["is not there where the ConfigMap has no such key", { env: [key("keys", "other")] }, undefined],
    ["comes from a ConfigMap with a prefix", { envFrom: [whole("keys", "AZURE_")] }, "by prefix"],
    ["is not in what has another prefix", { envFrom: [{ ...secret, prefix: "DB_" }] }, undefined],
    ["is not readable where it is filled in", { env: [variable({ value: "$(TENANT)" })] }, "notReadable"],
    [
      "is not readable where a Secret has it, whatever a ConfigMap says",
      { env: [variable({ valueFrom: { secretKeyRef: { name: "s", key: "k" } } })], envFrom: [whole("later")] },
      "notReadable",
    ],
    ["is not readable where a Secret after it may have it", { envFrom: [whole("config"), secret] }, "notReadable"],
    ["is readable where the Secret comes before", { envFrom: [secret, whole("config")] }, "mine"],
    ["is not readable where the ConfigMap was not read", { envFrom: [whole("config"), whole("gone")] }, "notReadable"],
    ["is not there in what is malformed", { env: "no list", envFrom: [1] }, undefined],
  ])("%s", (_, container, expected) => {
    expect(tenantOf(container)).toBe(expected);
  });

  it("may come from the ConfigMaps that its own key, or no other prefix, names, each once", () => {
    const container = programContainerOf({
      env: [
        key("keys", "tenant"),
        { name: "PROXY_IMAGE", valueFrom: { configMapKeyRef: { name: "other", key: "i" } } },
      ],
      envFrom: [whole("config"), secret, whole("keys"), whole("database", "DB_")],
    });
    expect(configMapsOf(container, ["AZURE_TENANT_ID"])).toEqual(["keys", "config"]);
  });
});
