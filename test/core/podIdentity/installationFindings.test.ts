import { describe, expect, it } from "vitest";
import type { Finding } from "../../../src/core/findings/codes.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { seenInstallations } from "../../../src/core/podIdentity/installation.ts";
import { installationFindings, webhookFindings } from "../../../src/core/podIdentity/installationFindings.ts";
import type { SeenWebhook } from "../../../src/core/workloadIdentity/webhook.ts";
import { component, forced } from "../components.ts";
import { found, west } from "../factories.ts";

type Told = [code: string, args: object][];

const told = (findings: readonly Finding[]): Told => findings.map(one => [one.code, one.args]);
const oddities = (
  objects: readonly KubernetesObject[],
  world: Parameters<typeof installationFindings>[2] = { definitions: "there", programs: "known" },
) => {
  const workloads = (kind: string) => found(objects).filter(one => one.object.kind === kind);
  return told(
    installationFindings(
      west,
      seenInstallations(workloads, () => true),
      world,
    ),
  );
};
const managedArgs = { args: ["--operation-mode=managed", "--forceNamespaced"] };
const fromElsewhere = { env: [{ name: "FORCENAMESPACED", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } }] };

describe("an installation that is whole", () => {
  it.each<[string, KubernetesObject[]]>([
    ["standard", [component("nmi"), component("mic")]],
    ["namespaced", [component("nmi", forced("true")), component("mic", forced("true"))]],
    ["managed", [component("nmi", managedArgs)]],
    ["the add-on", [component("nmi", { ...managedArgs, labels: { "kubernetes.azure.com/managedby": "aks" } })]],
  ])("has nothing odd: %s", (_, objects) => {
    expect(oddities(objects)).toEqual([]);
  });

  it("is not expected where the cluster has not its kinds, or nobody could look", () => {
    expect(oddities([], { definitions: "missing", programs: "known" })).toEqual([]);
    expect(oddities([], { definitions: "there", programs: "unknown" })).toEqual([]);
  });
});

describe("what is odd about an installation", () => {
  it.each<[string, KubernetesObject[], Told]>([
    [
      "several at once",
      [component("nmi"), component("mic"), component("nmi", { ...managedArgs, namespace: "kube-system" })],
      [
        [
          "several-installations",
          { installations: ["NMI default/nmi with MIC default/mic", "NMI kube-system/nmi in managed mode"] },
        ],
      ],
    ],
    [
      "MIC left beside managed mode",
      [component("nmi", managedArgs), component("mic")],
      [
        ["several-installations", { installations: ["NMI default/nmi in managed mode", "MIC default/mic"] }],
        ["pod-identity-half-removed", { left: "mic", object: "default/mic" }],
      ],
    ],
    [
      "only NMI keeps to namespaces",
      [component("nmi", forced("true")), component("mic")],
      [["mic-nmi-disagree", { namespaced: "NMI default/nmi", other: "MIC default/mic" }]],
    ],
    [
      "only MIC keeps to namespaces",
      [component("nmi"), component("mic", { args: ["--forceNamespaced"] })],
      [["mic-nmi-disagree", { namespaced: "MIC default/mic", other: "NMI default/nmi" }]],
    ],
    ["no MIC", [component("nmi")], [["pod-identity-half-removed", { left: "nmi", object: "default/nmi" }]]],
    ["no NMI", [component("mic")], [["pod-identity-half-removed", { left: "mic", object: "default/mic" }]]],
    ["kinds alone", [], [["pod-identity-half-removed", { left: "crds" }]]],
    [
      "MIC at rest",
      [component("nmi"), component("mic", { spec: { replicas: 0 } })],
      [["mic-without-replicas", { mic: "default/mic" }]],
    ],
    [
      "MIC at rest alone: it puts nothing on the nodes",
      [component("mic", { spec: { replicas: 0 } })],
      [["mic-without-replicas", { mic: "default/mic" }]],
    ],
    [
      "NMI on no node",
      [component("nmi", { status: { desiredNumberScheduled: 0 } }), component("mic")],
      [["nmi-on-no-node", { nmi: "default/nmi" }]],
    ],
    [
      "a mode that NMI does not know",
      [component("nmi", { args: ["--operation-mode=Both"] }), component("mic")],
      [["nmi-does-not-start", { nmi: "default/nmi", reason: "mode", mode: "both" }]],
    ],
    [
      "managed mode that is not namespaced",
      [component("nmi", { args: ["--operation-mode=managed"] })],
      [["nmi-does-not-start", { nmi: "default/nmi", reason: "not-namespaced", mode: "managed" }]],
    ],
    [
      "a setting from a ConfigMap",
      [component("nmi", fromElsewhere), component("mic", { envFrom: [{ configMapRef: { name: "c" } }] })],
      [
        ["namespaced-not-readable", { object: "DaemonSet default/nmi" }],
        ["namespaced-not-readable", { object: "Deployment default/mic" }],
      ],
    ],
    [
      "releases from before 1.6.0",
      [
        component("nmi", { image: "mcr.microsoft.com/k8s/aad-pod-identity/nmi:1.5.5" }),
        component("mic", { image: "mcr.microsoft.com/k8s/aad-pod-identity/mic:1.5.5" }),
      ],
      [
        ["pod-identity-version-old", { object: "DaemonSet default/nmi", version: "1.5.5" }],
        ["pod-identity-version-old", { object: "Deployment default/mic", version: "1.5.5" }],
      ],
    ],
  ])("%s", (_, objects, expected) => {
    expect(oddities(objects)).toEqual(expected);
  });

  it("programs without their kinds", () => {
    const whole = [component("nmi"), component("mic")];
    expect(oddities(whole, { definitions: "missing", programs: "known" })).toEqual([
      ["pod-identity-half-removed", { left: "programs", object: "NMI default/nmi with MIC default/mic" }],
    ]);
  });

  it("a setting from elsewhere does not matter where the flag decides", () => {
    const args = { args: ["--forceNamespaced"] };
    expect(oddities([component("nmi", { ...fromElsewhere, ...args }), component("mic", args)])).toEqual([]);
  });
});

describe("what is odd about the webhook", () => {
  const seen = (rest: Partial<SeenWebhook> = {}, webhook: SeenWebhook["webhook"] = {}): SeenWebhook => ({
    webhook: { installed: true, version: "1.6.0", ready: 2, namespace: "kube-system", addon: true, ...webhook },
    deployments: ["kube-system/azure-wi-webhook-controller-manager"],
    failurePolicy: "Fail",
    selectsByPodLabel: true,
    ...rest,
  });

  it("is nothing where a current version is ready, or there is none", () => {
    expect(told(webhookFindings(west, seen()))).toEqual([]);
    expect(told(webhookFindings(west, { webhook: { installed: false }, deployments: [] }))).toEqual([]);
    expect(told(webhookFindings(west, { webhook: {}, deployments: [] }))).toEqual([]);
  });

  it.each<[string, SeenWebhook, Told]>([
    ["no ready replica", seen({}, { ready: 0 }), [["webhook-not-ready", { failurePolicy: "Fail" }]]],
    [
      "no ready replica, and nobody waits for it",
      seen({ failurePolicy: "Ignore" }, { ready: 0 }),
      [["webhook-not-ready", { failurePolicy: "Ignore" }]],
    ],
    [
      "a version that looks at the service account",
      seen({ selectsByPodLabel: false }, { version: "0.14.0" }),
      [["webhook-selects-by-account", { version: "0.14.0" }]],
    ],
    ["a version from before 1.0 that AKS has told to look at pods", seen({}, { version: "0.15.0" }), []],
    [
      "two of them",
      seen({ deployments: ["a/webhook", "b/webhook"] }),
      [["several-webhooks", { deployments: ["a/webhook", "b/webhook"] }]],
    ],
    [
      "another audience",
      seen({}, { audience: "api://other" }),
      [["webhook-audience-differs", { webhook: "api://other", audience: "api://AzureADTokenExchange" }]],
    ],
  ])("%s", (_, webhook, expected) => {
    expect(told(webhookFindings(west, webhook))).toEqual(expected);
  });

  it("is an audience that differs from the one that is decided", () => {
    expect(told(webhookFindings(west, seen({}, { audience: "api://other" }), "api://other"))).toEqual([]);
    expect(told(webhookFindings(west, seen(), "api://other"))).toEqual([
      ["webhook-audience-differs", { webhook: "api://AzureADTokenExchange", audience: "api://other" }],
    ]);
  });
});
