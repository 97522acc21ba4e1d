import { describe, expect, it } from "vitest";
import { podIdentityInstallations, widestMode, workloadIdentityWebhook } from "../../src/core/installation.ts";
import type { Json, JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { found } from "./factories.ts";

interface Component {
  kind?: "DaemonSet" | "Deployment";
  namespace?: string;
  name?: string;
  image?: string;
  args?: string[];
  env?: { name: string; value: string }[];
  labels?: Record<string, string>;
}

const registry = "mcr.microsoft.com/oss/azure/aad-pod-identity";

function component(component: "nmi" | "mic", about: Component = {}): KubernetesObject {
  const { args, env } = about;
  const container: JsonObject = {
    name: about.name ?? component,
    image: about.image ?? `${registry}/${component}:v1.8.17`,
    ...(args ? { args } : {}),
    ...(env ? { env } : {}),
  };
  return {
    apiVersion: "apps/v1",
    kind: about.kind ?? (component === "nmi" ? "DaemonSet" : "Deployment"),
    metadata: {
      name: component,
      namespace: about.namespace ?? "default",
      ...(about.labels ? { labels: about.labels } : {}),
    },
    spec: { template: { spec: { containers: [{ name: "log" }, container] } } },
  };
}

const installations = (...objects: KubernetesObject[]) =>
  podIdentityInstallations(kind => found(objects).filter(one => one.object.kind === kind));

const forced = (value: string) => ({ env: [{ name: "FORCENAMESPACED", value }] });

describe("an installation of pod identity", () => {
  it("from the quick-start YAML is standard mode, in the namespace default", () => {
    expect(
      installations(component("nmi", { args: ["--node=$(NODE_NAME)", "--http-probe-port=8085"] }), component("mic")),
    ).toEqual([
      { mode: "standard", namespaced: false, addon: false, namespace: "default", nmi: "1.8.17", mic: "1.8.17" },
    ]);
  });

  it("from the Helm chart writes FORCENAMESPACED either way", () => {
    const helm = { namespace: "pod-identity", ...forced("false") };
    expect(installations(component("nmi", helm), component("mic", helm))).toEqual([
      { mode: "standard", namespaced: false, addon: false, namespace: "pod-identity", nmi: "1.8.17", mic: "1.8.17" },
    ]);
    const namespaced = { namespace: "pod-identity", ...forced("true") };
    expect(installations(component("nmi", namespaced), component("mic", namespaced))).toMatchObject([
      { namespaced: true },
    ]);
  });

  it("from the Helm chart in managed mode has no MIC", () => {
    const args = ["--operation-mode=managed", "--forceNamespaced"];
    expect(installations(component("nmi", { namespace: "pod-identity", args }))).toEqual([
      { mode: "managed", namespaced: true, addon: false, namespace: "pod-identity", nmi: "1.8.17" },
    ]);
  });

  it("of the AKS add-on is known by who manages it", () => {
    const addon = {
      namespace: "kube-system",
      labels: { "kubernetes.azure.com/managedby": "aks" },
      args: ["--operation-mode", "Managed"],
    };
    expect(installations(component("nmi", addon))).toEqual([
      { mode: "managed", namespaced: true, addon: true, namespace: "kube-system", nmi: "1.8.17" },
    ]);
  });

  it.each([
    ["a mirror with the same path", "acr.example/mirror/aad-pod-identity/nmi:v1.8.13", "1.8.13"],
    ["an old registry path without v", "mcr.microsoft.com/k8s/aad-pod-identity/nmi:1.5.5", "1.5.5"],
    ["a port in the registry and a digest", "acr.example:5000/aad-pod-identity/nmi:v1.8.0@sha256:0123", "1.8.0"],
    ["a digest alone", `${registry}/nmi@sha256:0123`, undefined],
    ["a mirror that flattens paths", "acr.example/aad-pod-identity-nmi:v1.8.9", "1.8.9"],
    ["a mirror that keeps the name", "acr.example/nmi:v1.8.9", "1.8.9"],
  ])("is found behind %s", (_, image, version) => {
    expect(installations(component("nmi", { image }))).toEqual([
      {
        mode: "standard",
        namespaced: false,
        addon: false,
        namespace: "default",
        ...(version === undefined ? {} : { nmi: version }),
      },
    ]);
  });

  it.each([
    ["an image whose name only ends alike", { image: "acr.example/tools/dnmi:v1" }],
    ["a container that only has the name", { image: "acr.example/busybox:1" }],
    ["an image of another name", { image: `${registry}/demo:v1.8.17` }],
    ["a flattened image in a container of another name", { image: "acr.example/nmi:v1", name: "agent" }],
  ])("is not taken for %s", (_, about) => {
    expect(installations(component("nmi", about))).toEqual([]);
  });

  it.each([
    ["env true", forced("true"), true],
    ["env True", forced("True"), false],
    ["env 1", forced("1"), false],
    ["the bare flag", { args: ["--forceNamespaced"] }, true],
    ["the flag with one dash", { args: ["-forceNamespaced"] }, true],
    ["the flag =true", { args: ["--forceNamespaced=true"] }, true],
    ["the flag =T", { args: ["--forceNamespaced=T"] }, true],
    ["the flag =false", { args: ["--forceNamespaced=false"] }, false],
    ["the bare flag and a word that looks like its value", { args: ["--forceNamespaced", "false"] }, true],
    ["the flag twice, the last one counts", { args: ["--forceNamespaced", "--forceNamespaced=false"] }, false],
    ["a flag that only begins alike", { args: ["--forceNamespacedX"] }, false],
    ["the old chart value's name", { args: ["--forceNameSpaced=true"] }, false],
  ])("is namespaced by %s: %o", (_, about, namespaced) => {
    expect(installations(component("nmi", about))).toMatchObject([{ mode: "standard", namespaced }]);
    expect(installations(component("nmi"), component("mic", about))).toMatchObject([{ mode: "standard", namespaced }]);
  });

  it.each([
    [["--operation-mode=managed"], "managed"],
    [["--operation-mode=MANAGED"], "managed"],
    [["--operation-mode", "managed"], "managed"],
    [["--operation-mode=standard"], "standard"],
    [["--operation-mode=standard", "--operation-mode=managed"], "managed"],
    [["--metrics-port=9090"], "standard"],
  ])("%j: %s mode", (args, mode) => {
    expect(installations(component("nmi", { args }))).toMatchObject([{ mode }]);
  });

  it("is namespaced when NMI or MIC alone is", () => {
    expect(installations(component("nmi", forced("true")), component("mic", forced("false")))).toMatchObject([
      { namespaced: true },
    ]);
    expect(installations(component("nmi", forced("false")), component("mic", forced("true")))).toMatchObject([
      { namespaced: true },
    ]);
  });

  it("takes the MIC of its own namespace before another one", () => {
    const other = component("mic", { namespace: "a", ...forced("true") });
    const own = component("mic", { namespace: "default" });
    expect(installations(component("nmi"), other, own)).toMatchObject([{ namespaced: false }]);
  });

  it("is still standard mode when only MIC is left", () => {
    expect(installations(component("mic", { image: `${registry}/mic:v1.8.1`, ...forced("true") }))).toEqual([
      { mode: "standard", namespaced: true, addon: false, namespace: "default", mic: "1.8.1" },
    ]);
  });

  it("may be there twice", () => {
    const addon = component("nmi", {
      namespace: "kube-system",
      args: ["--operation-mode=managed"],
      labels: { "kubernetes.azure.com/managedby": "aks" },
    });
    expect(installations(addon, component("nmi")).map(one => [one.namespace, one.mode])).toEqual([
      ["kube-system", "managed"],
      ["default", "standard"],
    ]);
  });
});

describe("the mode of several installations", () => {
  const one = (mode: "standard" | "managed", namespaced: boolean) => ({
    mode,
    namespaced,
    addon: false,
    namespace: "a",
  });
  it.each([
    [[one("managed", true), one("standard", true), one("standard", false)], { mode: "standard", namespaced: false }],
    [[one("managed", true), one("standard", true)], { mode: "standard", namespaced: true }],
    [[one("managed", true)], { mode: "managed", namespaced: true }],
  ])("is the one that reaches furthest (%#)", (several, widest) => {
    expect(widestMode(several)).toMatchObject(widest);
  });
  it("is unknown without one", () => expect(widestMode([])).toBeUndefined());
});

describe("the workload identity webhook", () => {
  const configuration = (name: string): KubernetesObject => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "any" },
    webhooks: [{ name }] as Json,
  });
  const deployment = (status?: JsonObject): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "azure-wi-webhook-controller-manager", namespace: "kube-system" },
    spec: {
      template: {
        metadata: { labels: { "azure-workload-identity.io/system": "true" } },
        spec: {
          containers: [{ name: "manager", image: "mcr.microsoft.com/oss/v2/azure/workload-identity/webhook:v1.5.1" }],
        },
      },
    },
    ...(status ? { status } : {}),
  });
  const webhook = (configurations: KubernetesObject[] | undefined, ...objects: KubernetesObject[]) =>
    workloadIdentityWebhook(configurations, kind => found(objects).filter(one => one.object.kind === kind));
  const ours = configuration("mutation.azure-workload-identity.io");

  it("is installed when its configuration is, with version and replicas from its Deployment", () => {
    expect(webhook([configuration("other"), ours], deployment({ readyReplicas: 2 }))).toEqual({
      installed: true,
      version: "1.5.1",
      ready: 2,
    });
  });
  it("has no ready replica when its Deployment says nothing of one", () => {
    expect(webhook([ours], deployment())).toEqual({ installed: true, version: "1.5.1", ready: 0 });
  });
  it("is not installed without its configuration", () => {
    expect(webhook([configuration("other")])).toEqual({ installed: false });
  });
  it("is neither there nor away when configurations cannot be listed", () => {
    expect(webhook(undefined)).toEqual({});
  });
});
