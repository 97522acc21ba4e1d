import { describe, expect, it } from "vitest";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { map } from "../../../src/core/map.ts";
import { Exceptions, isTakenForMIC, isUsersException } from "../../../src/core/podIdentity/exceptions.ts";
import { find } from "../../../src/core/usages.ts";
import { component } from "../components.ts";
import { bound, decisions, exception, factsOf, found, owned, west, workload } from "../factories.ts";

const fits = (podLabels: JsonObject, labels: Record<string, string>) =>
  new Exceptions(found([exception("shop/ex", podLabels)])).fitting("shop", labels) !== undefined;

describe("an exception", () => {
  it.each([
    ["true", "TRUE", true],
    ["K", "\u212a", true],
    ["\u017f", "S", true],
    ["s", "\u017f", true],
    ["\u0130", "i", false],
    ["\u0131", "I", false],
    ["stra\u00dfe", "STRASSE", false],
    ["a.c", "abc", false],
    ["a", "ab", false],
    ["", "", true],
    ["", "x", false],
    ["\u{10400}", "\u{10428}", true],
  ])("for the value %j and a pod with %j: %s, as Go folds case", (value, label, expected) => {
    expect(fits({ app: value }, { app: label })).toBe(expected);
  });

  it("with no labels, or labels that are no text, fits nothing", () => {
    expect(fits({}, { app: "x" })).toBe(false);
    expect(fits({ app: 1 }, { app: "1" })).toBe(false);
  });

  it("is somebody's own unless pod identity or AKS brings it", () => {
    const users = (label: string, value: string) => isUsersException({ name: "any", label, value });
    expect(users("app", "mic")).toBe(false);
    expect(users("component", "mic")).toBe(false);
    expect(users("kubernetes.azure.com/managedby", "aks")).toBe(false);
    expect(users("app", "cart")).toBe(true);
  });

  it("is not needed where NMI expects MIC: any name that begins with mic is taken for it", () => {
    const taken = (namespace: string, replicaSet: string) => isTakenForMIC(["default"], { namespace, replicaSet });
    expect(["mic-6f", "mic", "micro-api-6f", "microservice-a-6f"].map(name => taken("default", name))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(taken("Default", "mic-6f")).toBe(true);
    expect(["mi-c", "Mic-6f", "aad-pod-identity-mic-6f", ""].map(name => taken("default", name))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(taken("shop", "mic-6f")).toBe(false);
  });
});

describe("a workload without the label that is excepted", () => {
  const seenIn = (...objects: KubernetesObject[]) => find(factsOf(objects), decisions);
  const cart = workload("shop/cart", { labels: { app: "cart" } });

  it("is a usage: its pods get tokens straight from the node, for identities that nobody can tell", () => {
    const facts = factsOf([...bound("shop/other"), exception("shop/ex", { app: "CART" }), cart]);
    const { usages } = find(facts, decisions);
    expect(usages).toEqual([
      {
        id: `${west}/shop/Deployment/cart`,
        workload: found([cart])[0]?.ref,
        locations: [],
        via: "exception",
        serviceAccount: "default",
        identities: [],
        principals: [],
        state: "legacy",
        pods: 0,
        findings: ["excepted"],
      },
    ]);
    expect(map(facts, usages, decisions).mappings).toEqual([]);
  });

  it("is none where the exception is for MIC or for AKS's add-ons, or the pods are theirs", () => {
    const labelled = (labels: Record<string, string>) => workload("shop/cart", { labels });
    const aks = { "kubernetes.azure.com/managedby": "aks" };
    expect(seenIn(exception("shop/mic-exception", { app: "mic" }), labelled({ app: "mic" })).usages).toEqual([]);
    expect(seenIn(exception("shop/aks-addon-exception", aks), labelled(aks)).usages).toEqual([]);
    expect(seenIn(exception("shop/ex", { app: "x" }), labelled({ app: "x", ...aks })).usages).toEqual([]);
    const mic = component("mic");
    const template = { metadata: { labels: { team: "infra" } }, ...(mic.spec?.template as JsonObject) };
    const own = { ...mic, spec: { ...mic.spec, template } };
    expect(seenIn(exception("default/ex", { team: "infra" }), own).usages).toEqual([]);
  });

  it("is one where somebody added a label of theirs to a shipped exception", () => {
    const edited = exception("shop/mic-exception", { app: "mic", component: "mic", team: "web" });
    const web = workload("shop/cart", { labels: { app: "mic", team: "web" } });
    expect(seenIn(edited, web).usages).toMatchObject([{ via: "exception", state: "legacy" }]);
  });

  it("is one where only the live pods fit: controllers and webhooks add labels, and NMI reads them from the pod", () => {
    const byIndex = exception("shop/ex", { "statefulset.kubernetes.io/pod-name": "web-0" });
    const pods = ["web-0", "web-1"].map(name =>
      workload(`shop/${name}`, {
        kind: "Pod",
        labels: { "statefulset.kubernetes.io/pod-name": name },
        metadata: owned("StatefulSet", "web"),
      }),
    );
    const { usages } = seenIn(byIndex, workload("shop/web", { kind: "StatefulSet" }), ...pods);
    expect(usages.map(({ workload, via, findings }) => [workload.name, via, findings])).toEqual([
      ["web", "exception", ["excepted"]],
    ]);
    const driver = workload("shop/pi-driver", {
      kind: "Pod",
      labels: { "spark-role": "driver" },
      metadata: owned("SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"),
    });
    const pi = {
      apiVersion: "sparkoperator.k8s.io/v1beta2",
      kind: "SparkApplication",
      metadata: { name: "pi", namespace: "shop" },
      spec: { driver: { labels: { app: "pi" } } },
    };
    expect(seenIn(exception("shop/ex", { "spark-role": "driver" }), pi, driver).usages).toMatchObject([
      { workload: { kind: "SparkApplication", name: "pi" }, via: "exception" },
    ]);
  });

  it("is told of one that is bound and whose live pods are excepted", () => {
    const pod = workload("shop/cart-1", {
      kind: "Pod",
      label: "cart",
      labels: { injected: "yes" },
      metadata: owned("StatefulSet", "cart"),
    });
    const cart = workload("shop/cart", { kind: "StatefulSet", label: "cart" });
    const { usages } = seenIn(...bound("shop/cart"), exception("shop/ex", { injected: "yes" }), cart, pod);
    expect(usages).toMatchObject([{ via: "label", findings: ["excepted"] }]);
  });

  it("is only told of where nothing but its name excepts it: nobody knows whether it asks for tokens", () => {
    const child = workload("default/microbe-1", { kind: "ReplicaSet", metadata: owned("Rollout", "microbe") });
    const { usages, findings } = seenIn(workload("default/micro-api"), workload("default/api"), child);
    expect(usages).toEqual([]);
    expect(findings.map(one => [one.code, one.subject?.kind, one.subject?.name, one.args])).toContainEqual([
      "excepted",
      "Deployment",
      "micro-api",
      { by: "name", exception: "default" },
    ]);
    expect(findings.filter(one => one.subject?.name === "api")).toEqual([]);
  });

  it("is not told of for MIC itself", () => {
    expect(seenIn(component("mic")).findings).toEqual([]);
  });
});
