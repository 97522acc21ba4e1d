import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Installation } from "../../../src/core/model.ts";
import {
  type MatchingMode,
  matchingModes,
  micAssigns,
  micNamespacesOf,
  modesOf,
  podIdentityInstallations,
} from "../../../src/core/podIdentity/installation.ts";
import { component, forced, registry } from "../components.ts";
import { found } from "../factories.ts";

const installations = (...objects: KubernetesObject[]) =>
  podIdentityInstallations(kind => found(objects).filter(one => one.object.kind === kind));

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
        missing: "mic",
      },
    ]);
  });

  it.each([
    [
      "a flattened path and a container called so",
      { image: "acr.example/aad-pod-identity-nmi:v1", name: "aad-pod-identity-nmi" },
    ],
    ["a path that is flattened whole", { image: "acr.example/oss-azure-aad-pod-identity-nmi:v1" }],
    ["underscores in the place of slashes", { image: "acr.example/oss_azure_aad-pod-identity_nmi:v1", name: "agent" }],
    ["the container's name", { image: "acr.example/nmi:v1", name: "aad-pod-identity-nmi" }],
  ])("is known by %s", (_, about) => {
    expect(installations(component("nmi", about))).toMatchObject([{ namespace: "default", missing: "mic" }]);
  });

  it.each([
    ["another program of the same project", { image: "acr.example/aad-pod-identity-nmi-exporter:v1" }],
    ["a name that only ends in the project's", { image: "acr.example/notaad-pod-identity-nmi:v1", name: "agent" }],
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

  it("has the flags behind a verbosity that has its value with it", () => {
    const args = ["-v5", "--operation-mode=managed", "--forceNamespaced"];
    expect(installations(component("nmi", { args }))).toMatchObject([{ mode: "managed", namespaced: true }]);
    const parted = ["-v", "5", "--operation-mode=managed", "--forceNamespaced"];
    expect(installations(component("nmi", { args: parted }))).toMatchObject([{ mode: "managed", namespaced: true }]);
  });

  it("is read up to the first word that is no flag for MIC, whose flags are Go's own, and past it for NMI", () => {
    const args = ["--enableScaleFeatures", "true", "--forceNamespaced"];
    expect(installations(component("nmi", { args }))).toMatchObject([{ namespaced: true }]);
    expect(installations(component("nmi"), component("mic", { args }))).toMatchObject([{ namespaced: false }]);
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
      { namespaced: true, assignedAcross: true },
    ]);
    expect(installations(component("nmi", forced("false")), component("mic", forced("true")))).toMatchObject([
      { namespaced: true },
    ]);
  });

  it("takes the MIC of its own namespace before another one", () => {
    const other = component("mic", { namespace: "a", ...forced("true") });
    const own = component("mic", { namespace: "default" });
    expect(installations(component("nmi"), other, own)).toMatchObject([
      { namespaced: false },
      { namespace: "a", namespaced: true, missing: "nmi" },
    ]);
  });

  it("is still standard mode when only MIC is left", () => {
    expect(installations(component("mic", { image: `${registry}/mic:v1.8.1`, ...forced("true") }))).toEqual([
      { mode: "standard", namespaced: true, addon: false, namespace: "default", mic: "1.8.1", missing: "nmi" },
    ]);
  });

  it("may be there twice", () => {
    const addon = component("nmi", {
      namespace: "kube-system",
      args: ["--operation-mode=managed"],
      labels: { "kubernetes.azure.com/managedby": "aks" },
    });
    expect(installations(addon, component("nmi")).map(one => [one.namespace, one.mode])).toEqual([
      ["default", "standard"],
      ["kube-system", "managed"],
    ]);
  });

  it("knows how many nodes and replicas it has, and what its flags say of others", () => {
    const nmi = component("nmi", {
      args: ["--MICNamespace=infra", "--block-instance-metadata", "--node=$(NODE_NAME)"],
      status: { desiredNumberScheduled: 3 },
    });
    const mic = component("mic", {
      args: ["--immutable-user-msis=AAAA,bbbb", "--logtostderr"],
      spec: { replicas: 2 },
    });
    expect(installations(nmi, mic)).toEqual([
      {
        mode: "standard",
        namespaced: false,
        addon: false,
        namespace: "default",
        nmi: "1.8.17",
        mic: "1.8.17",
        micReplicas: 2,
        nodes: 3,
        micNamespace: "infra",
        blocksInstanceMetadata: true,
        immutableUserMSIs: ["AAAA", "bbbb"],
      },
    ]);
  });

  it("reads flags as the container gets them: a command's words, and its own variables filled in", () => {
    const read = (about: Parameters<typeof component>[1]) => installations(component("nmi", about))[0];
    expect(read({ command: ["--operation-mode=managed"] })?.mode).toBe("standard");
    expect(read({ command: ["nmi", "--operation-mode=managed"] })?.mode).toBe("managed");
    expect(read({ args: ["--", "--operation-mode=managed"] })?.mode).toBe("standard");
    expect(read({ args: ["--node", "--operation-mode=managed"] })?.mode).toBe("standard");
    const mode = { name: "MODE", value: "managed" };
    expect(read({ args: ["--operation-mode=$(MODE)"], env: [mode] })?.mode).toBe("managed");
    expect(read({ args: ["--operation-mode=$$(MODE)"], env: [mode] })?.mode).toBe("standard");
    const twice = [...forced("false").env, ...forced("true").env];
    expect(read({ env: twice })?.namespaced).toBe(true);
  });

  it("is not missing a part that may only be unseen", () => {
    const seen = (object: KubernetesObject, kind: string) =>
      podIdentityInstallations(
        one => found([object]).filter(({ ref }) => ref.kind === one),
        one => one !== kind,
      ).map(one => one.missing);
    expect(seen(component("nmi"), "Deployment")).toEqual([undefined]);
    expect(seen(component("nmi"), "DaemonSet")).toEqual(["mic"]);
    expect(seen(component("mic"), "DaemonSet")).toEqual([undefined]);
    expect(seen(component("mic"), "Deployment")).toEqual(["nmi"]);
  });

  it("is one more where a MIC serves no NMI: managed mode has no use for it", () => {
    const managed = component("nmi", { args: ["--operation-mode=managed", "--forceNamespaced"] });
    expect(installations(managed, component("mic")).map(one => [one.mode, one.missing])).toEqual([
      ["managed", undefined],
      ["standard", "nmi"],
    ]);
  });

  it("takes a MIC with replicas before one without, wherever it is", () => {
    const resting = component("mic", { spec: { replicas: 0 }, ...forced("true") });
    const working = component("mic", { namespace: "infra" });
    expect(installations(component("nmi"), resting, working)).toMatchObject([
      { namespaced: false, nmi: "1.8.17" },
      { missing: "nmi", micReplicas: 0 },
    ]);
  });
});

describe("how several installations match", () => {
  const one = (mode: keyof typeof matchingModes, rest: Partial<Installation> = {}): Installation => ({
    ...matchingModes[mode],
    addon: false,
    namespace: "a",
    ...rest,
  });
  const { standard, namespaced, managed } = matchingModes;

  it.each<[string, Installation[], MatchingMode[]]>([
    ["none", [], []],
    ["one", [one("managed")], [managed]],
    [
      "all three ways, each once",
      [one("managed"), one("namespaced"), one("standard"), one("standard")],
      [standard, namespaced, managed],
    ],
    ["NMI on no node beside one that runs", [one("standard", { nodes: 0 }), one("managed", { nodes: 3 })], [managed]],
    ["NMI on no node alone", [one("standard", { nodes: 0 })], [standard]],
    ["a MIC without NMI", [one("managed"), one("standard", { missing: "nmi", micReplicas: 2 })], [standard, managed]],
    ["a MIC at rest without NMI", [one("managed"), one("standard", { missing: "nmi", micReplicas: 0 })], [managed]],
    ["an NMI whose MIC is at rest", [one("standard", { micReplicas: 0 })], [standard]],
  ])("%s", (_, installations, modes) => {
    expect(modesOf(installations)).toEqual(modes);
  });

  it("only a MIC with replicas assigns", () => {
    expect(micAssigns([one("standard")])).toBe(true);
    expect(micAssigns([one("standard", { missing: "nmi", micReplicas: 2 })])).toBe(true);
    expect(micAssigns([one("standard", { micReplicas: 0 })])).toBe(false);
    expect(micAssigns([one("standard", { missing: "mic" })])).toBe(false);
    expect(micAssigns([one("managed")])).toBe(false);
    expect(micAssigns([])).toBe(false);
  });

  it("each NMI expects MIC in a namespace of its own", () => {
    expect(micNamespacesOf([])).toEqual(["default"]);
    expect(micNamespacesOf([one("standard"), one("managed", { micNamespace: "infra" })])).toEqual(["default", "infra"]);
    expect(micNamespacesOf([one("standard", { missing: "nmi" })])).toEqual(["default"]);
  });
});
