import { describe, expect, it } from "vitest";
import { crossplane } from "../../../src/core/consumers/crossplane.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const provider = (on: "podIdentity" | "neither" | "workloadIdentity" = "podIdentity") =>
  controller("crossplane-system/provider-azure-network-a1", "xpkg.upbound.io/upbound/provider-azure-network:v1.3.0", {
    on,
    metadata: {
      ownerReferences: [
        { apiVersion: "pkg.crossplane.io/v1", kind: "ProviderRevision", name: "a1", uid: "u", controller: true },
      ],
    },
  });
const asked = ["Deployment crossplane-system/provider-azure-network-a1"];
const ids = { clientID: "c", tenantID: "t", subscriptionID: "s" };
const config = (source: string, rest: Record<string, string> = ids) =>
  foreign("azure.upbound.io/v1beta1", "ProviderConfig", "default", { credentials: { source }, ...rest });
const own = {
  consumer: "crossplane",
  object: asked[0],
  state: "legacy",
  version: "1.3.0",
  askedBy: asked,
  follows: "pods",
  changes: [],
};
const use = {
  consumer: "crossplane",
  object: "ProviderConfig default",
  state: "legacy",
  version: "1.3.0",
  clientID: "c",
  askedBy: asked,
  changes: [{ path: ["spec", "credentials", "source"], before: "UserAssignedManagedIdentity", after: "OIDCTokenFile" }],
};
const older = { cluster: { webhook: { installed: true, version: "1.5.1", ready: 2 } } };

describe("Crossplane's Azure providers", () => {
  it("sign in as their ProviderConfigs say", () => {
    expect(told(crossplane, [provider(), config("UserAssignedManagedIdentity")], older)).toEqual({
      uses: [own, use],
      findings: [],
    });
  });

  it("are told where the webhook of 1.6.0 puts the token, which older ones look for elsewhere", () => {
    const { uses } = told(crossplane, [provider(), config("UserAssignedManagedIdentity")]);
    expect(uses[1]?.changes).toEqual([
      ...use.changes,
      { path: ["spec", "oidcTokenFilePath"], after: "/var/run/secrets/azure/wi/token/azure-identity-token" },
    ]);
  });

  it("need fields that nobody can make up", () => {
    const { findings } = told(crossplane, [provider(), config("SystemAssignedManagedIdentity", { tenantID: "t" })]);
    expect(findings).toEqual([
      {
        code: "consumer-settings-elsewhere",
        subject: asked[0],
        consumer: "crossplane",
        object: "ProviderConfig default",
        before: "spec.credentials.source: SystemAssignedManagedIdentity without clientID, subscriptionID",
        after: "spec.credentials.source: OIDCTokenFile with spec.clientID, spec.subscriptionID",
      },
    ]);
  });

  it("have namespaced configs too", () => {
    const namespaced = [
      foreign("azure.m.upbound.io/v1beta1", "ProviderConfig", "shop/default", {
        credentials: { source: "UserAssignedManagedIdentity" },
        ...ids,
      }),
      foreign("azure.m.upbound.io/v1beta1", "ClusterProviderConfig", "all", {
        credentials: { source: "OIDCTokenFile" },
        ...ids,
      }),
    ];
    const { uses } = told(crossplane, [provider(), ...namespaced], older);
    expect(uses.slice(1)).toEqual([
      { ...use, object: "ProviderConfig shop/default" },
      { ...use, object: "ClusterProviderConfig all", state: "migrated", changes: [] },
    ]);
  });

  it("get their label from a runtime config", () => {
    const labels = (labels: Record<string, string>) => ({
      deploymentTemplate: { spec: { template: { metadata: { labels } } } },
    });
    const path = [
      "spec",
      "deploymentTemplate",
      "spec",
      "template",
      "metadata",
      "labels",
      "azure.workload.identity/use",
    ];
    const { uses } = told(crossplane, [
      provider(),
      foreign("pkg.crossplane.io/v1beta1", "DeploymentRuntimeConfig", "azure", labels({ aadpodidbinding: "x" })),
      foreign("pkg.crossplane.io/v1beta1", "DeploymentRuntimeConfig", "default", labels({})),
      foreign("pkg.crossplane.io/v1alpha1", "ControllerConfig", "old", {
        metadata: { labels: { aadpodidbinding: "x", "azure.workload.identity/use": "true" } },
      }),
    ]);
    expect(uses.slice(1)).toEqual([
      {
        consumer: "crossplane",
        object: "DeploymentRuntimeConfig azure",
        state: "legacy",
        askedBy: asked,
        changes: [{ path, after: "true" }],
      },
      { consumer: "crossplane", object: "ControllerConfig old", state: "migrated", askedBy: asked, changes: [] },
    ]);
  });

  it("on the node's identity, or with a Secret, are no use; files tell of configs alone", () => {
    expect(told(crossplane, [provider("neither"), config("UserAssignedManagedIdentity")]).uses).toEqual([]);
    expect(told(crossplane, [provider(), config("Secret")]).uses).toEqual([own]);
    const { askedBy: _pods, version: _image, ...alone } = use;
    expect(toldOfFiles(crossplane, [config("UserAssignedManagedIdentity")]).uses).toEqual([{ ...alone, askedBy: [] }]);
  });

  it("wait for configs that cannot be read", () => {
    const kind = "ProviderConfig.azure.upbound.io";
    expect(told(crossplane, [provider()], { unknown: [{ kind, except: [] }] })).toEqual({
      uses: [own],
      findings: [],
      unread: [{ kind, askedBy: asked }],
    });
  });

  it("of Entra sign in likewise, without a subscription, as configs of their own say", () => {
    const entra = controller("crossplane-system/provider-azuread", "xpkg.upbound.io/upbound/provider-azuread:v1.3.0");
    const object = (group: string, path: string, rest: Record<string, string>) =>
      foreign(`${group}/v1beta1`, "ProviderConfig", path, {
        credentials: { source: "UserAssignedManagedIdentity" },
        ...rest,
      });
    const { uses, findings } = told(
      crossplane,
      [
        provider(),
        entra,
        object("azuread.upbound.io", "entra", { clientID: "c", tenantID: "t" }),
        object("azuread.m.upbound.io", "shop/entra", { clientID: "c" }),
      ],
      older,
    );
    const its = ["Deployment crossplane-system/provider-azuread"];
    expect(uses).toEqual([
      own,
      { ...own, object: its[0], askedBy: its },
      { ...use, object: "ProviderConfig entra", askedBy: its },
      { ...use, object: "ProviderConfig shop/entra", askedBy: its },
    ]);
    expect(findings).toMatchObject([
      { subject: its[0], object: "ProviderConfig shop/entra", after: expect.stringMatching(/with spec.tenantID$/) },
    ]);
  });
});
