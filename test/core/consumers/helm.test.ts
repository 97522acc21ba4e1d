import { describe, expect, test } from "vitest";
import { agic } from "../../../src/core/consumers/agic.ts";
import { certManager } from "../../../src/core/consumers/certManager.ts";
import { externalDNS } from "../../../src/core/consumers/externalDNS.ts";
import { externalSecrets } from "../../../src/core/consumers/externalSecrets.ts";
import { helm } from "../../../src/core/consumers/helm.ts";
import { keda } from "../../../src/core/consumers/keda.ts";
import { readKindOf } from "../../../src/core/kinds.ts";
import type { Json, JsonObject } from "../../../src/core/kubernetes.ts";
import { judge, scanDocument } from "../../../src/core/reports.ts";
import { bound, decisions, factsOf, factsOfFiles, serviceAccount, workload } from "../factories.ts";
import { controller, foreign, told, toldOfFiles } from "./told.ts";

const release = (chart: string, values: JsonObject, path = "shop/app") =>
  foreign("helm.toolkit.fluxcd.io/v2", "HelmRelease", path, { chart: { spec: { chart } }, values });
const application = (source: JsonObject, path = "argocd/app") =>
  foreign("argoproj.io/v1alpha1", "Application", path, { source });
const labelled: JsonObject = { podLabels: { aadpodidbinding: "cart" } };
const useLabel = "azure.workload.identity/use";
const change = (...path: string[]) => ({ path: [...path, useLabel], after: "true" });
const use = { consumer: "helm", object: "HelmRelease shop/app", state: "legacy", askedBy: [] };

describe("a chart that nobody knows", () => {
  test.each<[string, JsonObject, string[]]>([
    ["podLabels", labelled, ["podLabels"]],
    [
      "labels of a part of it",
      { web: { pod: { extraLabels: { aadpodidbinding: "c" } } } },
      ["web", "pod", "extraLabels"],
    ],
    ["labels by part", { podLabels: { web: { aadpodidbinding: "c" } } }, ["podLabels", "web"]],
  ])("puts the label on pods through %s", (_, values, path) => {
    expect(toldOfFiles(helm, [release("app", values)])).toEqual({
      uses: [{ ...use, changes: [change("spec", "values", ...path)] }],
      findings: [],
    });
  });

  test("makes what it likes of a value of its own, or of a list", () => {
    const own = { identity: { aadpodidbinding: "cart" } };
    const list = { parts: [{ podLabels: { aadpodidbinding: "cart" } }] };
    expect(toldOfFiles(helm, [release("app", own)]).uses).toEqual([{ ...use, changes: [] }]);
    expect(toldOfFiles(helm, [release("app", list)]).uses).toEqual([{ ...use, changes: [] }]);
  });

  test("has moved with workload identity's label beside it", () => {
    const both = { podLabels: { aadpodidbinding: "cart", [useLabel]: "true" } };
    expect(toldOfFiles(helm, [release("app", both)]).uses).toEqual([{ ...use, state: "migrated", changes: [] }]);
  });

  test.each<[Json]>([
    [null],
    ["x"],
    [[]],
    [{ podLabels: { aadpodidbinding: "" } }],
    [{ podLabels: "aadpodidbinding" }],
  ])("is of no interest with %j", values => {
    expect(toldOfFiles(helm, [release("app", values as JsonObject)]).uses).toEqual([]);
  });

  test("may be nested deeper than the call stack", () => {
    let deep: JsonObject = labelled;
    for (let depth = 0; depth < 20_000; depth++) deep = { deep };
    expect(toldOfFiles(helm, [release("app", deep)]).uses).toEqual([]);
  });
});

describe("an Application of Argo CD", () => {
  const app = { ...use, object: "Application argocd/app" };

  test("has values as an object", () => {
    const { uses } = toldOfFiles(helm, [application({ path: "charts/app", helm: { valuesObject: labelled } })]);
    expect(uses).toEqual([{ ...app, changes: [change("spec", "source", "helm", "valuesObject", "podLabels")] }]);
  });

  test.each([
    "podLabels:\n  aadpodidbinding: cart\n",
    'podLabels: {"aadpodidbinding": "cart"}',
    "image: x # of ours\npodLabels:\n  aadpodidbinding:   'cart' # old\n",
  ])("has them as text: %j", values => {
    expect(toldOfFiles(helm, [application({ chart: "app", helm: { values } })]).uses).toEqual([
      { ...app, changes: [] },
    ]);
  });

  test("has moved where the text has workload identity's label too", () => {
    const values = `podLabels:\n  aadpodidbinding: cart\n  ${useLabel}: "true"\n`;
    const { uses } = toldOfFiles(helm, [application({ chart: "app", helm: { values } })]);
    expect(uses).toEqual([{ ...app, state: "migrated", changes: [] }]);
  });

  test.each([
    "# aadpodidbinding: cart",
    "podLabels:\n  aadpodidbinding: ''\n",
    "note: no aadpodidbinding here",
    "x: 1",
  ])("is of no interest with the text %j", values => {
    expect(toldOfFiles(helm, [application({ chart: "app", helm: { values } })]).uses).toEqual([]);
  });

  test("has parameters, and several sources", () => {
    const parameters = [{ name: "podLabels.aadpodidbinding", value: "cart" }];
    expect(toldOfFiles(helm, [application({ chart: "app", helm: { parameters } })]).uses).toEqual([
      { ...app, changes: [] },
    ]);
    const sources = [
      { repoURL: "https://git", ref: "values" },
      { chart: "app", helm: { valuesObject: labelled } },
    ];
    const several = foreign("argoproj.io/v1alpha1", "Application", "argocd/app", { sources });
    expect(toldOfFiles(helm, [several]).uses).toEqual([
      {
        ...app,
        changes: [change("spec", "sources", { match: { chart: "app" } } as never, "helm", "valuesObject", "podLabels")],
      },
    ]);
  });

  test("keeps its sources where it comes from a cluster", () => {
    const kind = readKindOf({ apiVersion: "argoproj.io/v1alpha1", kind: "Application" });
    expect(kind?.fields).toEqual(expect.arrayContaining(["spec.source", "spec.sources", "status.resources"]));
  });
});

describe("a chart that is known", () => {
  test.each([
    [certManager, "cert-manager", labelled],
    [externalSecrets, "external-secrets", labelled],
    [keda, "keda", { podLabels: { keda: { aadpodidbinding: "keda" } } }],
    [externalDNS, "./charts/external-dns", labelled],
  ])("is found in files by its values: $name", (consumer, chart, values) => {
    expect(toldOfFiles(consumer, [release(chart, values)]).uses).toMatchObject([
      { consumer: consumer.name, object: "HelmRelease shop/app", state: "legacy" },
    ]);
  });

  test("KEDA's has a value of its own for the label", () => {
    const podIdentity = { activeDirectory: { identity: "keda" } };
    expect(toldOfFiles(keda, [release("keda", { podIdentity })]).uses).toEqual([
      {
        ...use,
        consumer: "keda",
        changes: [{ path: ["spec", "values", "podIdentity", "azureWorkload", "enabled"], after: true }],
      },
    ]);
  });

  test("is named by its folder in a repository, and its values may be text", () => {
    const armAuth = { type: "aadPodIdentity", identityResourceID: "/x", identityClientID: "y" };
    const values = "appgw:\n  shared: false\narmAuth:\n  type: aadPodIdentity\n  identityClientID: y\n";
    const { uses } = toldOfFiles(agic, [
      release("./helm/ingress-azure", { armAuth }),
      application({ chart: "ingress-azure", helm: { values } }),
      application({ chart: "ingress-azure", helm: { values: values.replace("aadPod", "workload") } }, "argocd/done"),
    ]);
    expect(uses).toMatchObject([
      { object: "HelmRelease shop/app", state: "legacy", changes: [{ before: "aadPodIdentity" }, { before: "/x" }] },
      { object: "Application argocd/app", state: "legacy", changes: [] },
    ]);
  });

  test("is waited for by the controller that it renders", () => {
    const labels = { "helm.toolkit.fluxcd.io/name": "cm", "helm.toolkit.fluxcd.io/namespace": "flux-system" };
    const pods = controller("cert-manager/cert-manager", "quay.io/jetstack/cert-manager-controller:v1.18.2", {
      metadata: { labels },
    });
    const { uses } = told(certManager, [pods, release("cert-manager", labelled, "flux-system/cm")]);
    expect(uses).toMatchObject([{ askedBy: ["Deployment cert-manager/cert-manager"] }]);
  });
});

describe("nothing is told twice", () => {
  const rendered = (metadata: JsonObject) => [
    ...bound("shop/cart"),
    serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart", metadata }),
  ];
  const byFlux = { labels: { "helm.toolkit.fluxcd.io/name": "app", "helm.toolkit.fluxcd.io/namespace": "shop" } };
  const byArgo = { annotations: { "argocd.argoproj.io/tracking-id": "app:apps/Deployment:shop/cart" } };
  const app = application({ chart: "app", helm: { valuesObject: labelled } });
  const usagesOf = (facts: ReturnType<typeof factsOf>) =>
    scanDocument(judge(facts, decisions), "1").usages.map(
      ({ workload: { kind, name }, via }) => `${via} ${kind}/${name}`,
    );

  test("of a release whose workload is found by its label", () => {
    expect(usagesOf(factsOf([...rendered(byFlux), release("app", labelled)]))).toEqual(["label Deployment/cart"]);
    expect(usagesOf(factsOf([...rendered(byArgo), app]))).toEqual(["label Deployment/cart"]);
  });

  test("where the release is in files, and the workload in the cluster", () => {
    expect(usagesOf(factsOf(rendered(byFlux), { files: [release("app", labelled)] }))).toEqual([
      "label Deployment/cart",
    ]);
  });

  test("of a release that a consumer knows better", () => {
    expect(usagesOf(factsOfFiles([release("cert-manager", labelled), release("app", labelled, "shop/other")]))).toEqual(
      ["cert-manager HelmRelease/app", "helm HelmRelease/other"],
    );
  });
});
