import { describe, expect, it } from "vitest";
import { isVersionAtLeast } from "../../../src/core/versions.ts";
import { webhookFacts } from "../../../src/core/workloadIdentity/webhookVersions.ts";

const keys = {
  use: "azure.workload.identity/use",
  clientID: "azure.workload.identity/client-id",
  tenantID: "azure.workload.identity/tenant-id",
  tokenExpiration: "azure.workload.identity/service-account-token-expiration",
  skipContainers: "azure.workload.identity/skip-containers",
  injectProxy: "azure.workload.identity/inject-proxy-sidecar",
  proxyPort: "azure.workload.identity/proxy-sidecar-port",
};

describe("what a version of the webhook does", () => {
  it("v1.6.0 has the new paths, and names its volume after the pod", () => {
    expect(webhookFacts("1.6.0", "v1.33.2")).toEqual({
      selection: "podLabel",
      failurePolicy: "Fail",
      keys,
      volumeName: { prefix: "azure-workload-identity-reserved-" },
      mountPath: "/var/run/secrets/azure/wi",
      tokenFile: "/var/run/secrets/azure/wi/token/azure-identity-token",
      tokenExpirationSeconds: 3600,
      emptyClientID: "leftOut",
      proxyPosition: "nativeSidecar",
      proxyOnHostNetwork: "denied",
      proxyAsRoot: "refused",
      initRestartPolicy: "kept",
      identityBinding: "supported",
    });
  });

  it("the preview of identity bindings does as v1.6.0 does, with or without v", () => {
    expect(webhookFacts("v1.6.0-alpha.1", "1.33.2")).toEqual(webhookFacts("1.6.0", "v1.33.2"));
  });

  it("v1.5.1 has the old paths and one name for the volume", () => {
    expect(webhookFacts("1.5.1", "v1.31.9")).toEqual({
      ...webhookFacts("1.6.0", "v1.31.9"),
      volumeName: { exactly: "azure-identity-token" },
      mountPath: "/var/run/secrets/azure/tokens",
      tokenFile: "/var/run/secrets/azure/tokens/azure-identity-token",
      identityBinding: "unsupported",
    });
  });

  it("v0.15.0 goes by the service account, and the proxy of a pod on the host's network changes the node", () => {
    expect(webhookFacts("0.15.0", "v1.24.0")).toEqual({
      ...webhookFacts("1.5.1", "v1.24.0"),
      selection: "serviceAccountLabel",
      failurePolicy: "Ignore",
      emptyClientID: "injected",
      proxyPosition: "appended",
      proxyOnHostNetwork: "changesTheNode",
      proxyAsRoot: "runs",
      initRestartPolicy: "dropped",
    });
  });

  it("the first ones had another prefix, another path and no proxy", () => {
    expect(webhookFacts("0.3.0", undefined)).toMatchObject({
      keys: { use: "azure.pod.identity/use" },
      mountPath: "/var/run/secrets/tokens",
      tokenExpirationSeconds: 86400,
    });
    expect(webhookFacts("0.3.0", undefined)).not.toHaveProperty("proxyPosition");
    expect(webhookFacts("0.10.0", undefined)?.keys).not.toHaveProperty("injectProxy");
  });

  it.each([
    ["1.1.0", "v1.33.0", "appended"],
    ["1.2.0", "v1.33.0", "prepended"],
    ["1.4.1", "v1.33.0", "prepended"],
    ["1.5.0", "v1.31.11", "prepended"],
    ["1.5.0", "v1.32.0", "nativeSidecar"],
    ["1.5.0", "v1.32.0-gke.1", "nativeSidecar"],
    ["1.6.0", "v2.0.0", "nativeSidecar"],
    ["1.5.0", undefined, undefined],
  ])("%s on a server %s puts the proxy: %s", (version, server, position) => {
    expect(webhookFacts(version, server)?.proxyPosition).toBe(position);
  });

  it.each([
    ["1.0.0-alpha.0", "selection", "podLabel"],
    ["1.1.0", "proxyOnHostNetwork", "changesTheNode"],
    ["1.2.0", "proxyOnHostNetwork", "denied"],
    ["1.2.2", "initRestartPolicy", "dropped"],
    ["1.3.0", "initRestartPolicy", "kept"],
    ["1.5.0", "emptyClientID", "injected"],
    ["1.5.1", "emptyClientID", "leftOut"],
  ] as const)("%s: %s is %s", (version, fact, value) => {
    expect(webhookFacts(version, "v1.33.0")?.[fact]).toBe(value);
  });

  it.each([undefined, "", "latest", "v", "main-20240101", "1"])("nothing is guessed of %j", version => {
    expect(webhookFacts(version, "v1.33.0")).toBeUndefined();
    expect(isVersionAtLeast(version, "1.0.0")).toBeUndefined();
  });

  it("versions are compared by their numbers", () => {
    expect(isVersionAtLeast("1.10.0", "1.9.9")).toBe(true);
    expect(isVersionAtLeast("v1.9", "1.9.0")).toBe(true);
    expect(isVersionAtLeast("0.15.0", "1.0.0")).toBe(false);
  });
});
