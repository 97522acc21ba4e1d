import { describe, expect, it } from "vitest";
import { assemble } from "../../src/core/assemble.ts";
import { clusterSource, isKnown, nameOf, ObjectIndex } from "../../src/core/facts.ts";
import type { CollectedCluster, CollectedFiles } from "../../src/core/ports.ts";
import { find } from "../../src/core/usages.ts";
import { component, registry } from "./components.ts";
import {
  azureIdentity,
  binding,
  bound,
  decisions,
  exception,
  filesSource,
  found,
  issuer,
  resourceIDOf,
  west,
  workload,
} from "./factories.ts";

const nmi = component("nmi", { namespace: "kube-system" });
const mic = component("mic", { namespace: "kube-system", spec: { replicas: 2 } });
const collected = (rest: Partial<CollectedCluster> = {}): CollectedCluster => ({
  id: west,
  context: "aks-west",
  server: "https://west.example",
  issuer,
  podIdentityInstalled: true,
  objects: found([nmi, mic]),
  unknown: [],
  findings: [],
  ...rest,
});
const files: CollectedFiles = { source: filesSource, objects: found(bound("shop/cart"), filesSource.id), findings: [] };

describe("facts of what was collected", () => {
  it("say how a cluster is set up", () => {
    const facts = assemble([collected({ serverVersion: "v1.33.0" })], undefined, {});
    expect(facts.sources).toEqual([
      {
        id: west,
        type: "cluster",
        context: "aks-west",
        server: "https://west.example",
        serverVersion: "v1.33.0",
        issuer,
        podIdentity: [
          {
            mode: "standard",
            namespaced: false,
            addon: false,
            namespace: "kube-system",
            nmi: "1.8.17",
            mic: "1.8.17",
            micReplicas: 2,
          },
        ],
        webhook: { installed: false },
      },
    ]);
    expect(facts.findings).toEqual([]);
    expect(clusterSource(facts, west)?.context).toBe("aks-west");
    expect(clusterSource(facts, "other")).toBeUndefined();
  });

  it("have the fields of pod identity's objects in any case, as releases before 1.6.0 read them", () => {
    const nmiOf = (tag: string) => component("nmi", { image: `${registry}/nmi:${tag}` });
    const identity = {
      ...azureIdentity("shop/cart"),
      spec: { type: 0, ResourceID: resourceIDOf("cart"), clientid: "c" },
    };
    const bindingOfIt = { ...binding("shop/cart"), spec: { AzureIdentity: "cart", Selector: "cart" } };
    const excepted = { ...exception("shop/ex", {}), spec: { podlabels: { App: "Web" } } };
    const objectsWith = (tag: string) =>
      found([nmiOf(tag), identity, bindingOfIt, excepted, workload("shop/cart", { label: "cart" })]);
    const judged = (tag: string) => {
      const { usages, findings } = find(assemble([collected({ objects: objectsWith(tag) })], undefined, {}), decisions);
      return { identities: usages.flatMap(one => one.identities), codes: new Set(findings.map(one => one.code)) };
    };
    const old = judged("v1.5.5");
    expect(old.identities).toMatchObject([{ name: "cart", clientID: "c", resourceID: resourceIDOf("cart") }]);
    expect([...old.codes]).toEqual([]);
    const now = judged("v1.6.0");
    expect(now.identities).toEqual([]);
    expect([...now.codes]).toContain("legacy-field-ignored");
    // What was read may be shared.
    expect(Object.keys(identity.spec)).toEqual(["type", "ResourceID", "clientid"]);
    const facts = assemble([collected({ objects: objectsWith("v1.5.5") })], undefined, {});
    expect(facts.objects.ofKind(west, "AzurePodIdentityException")[0]?.object.spec).toEqual({
      podLabels: { App: "Web" },
    });
  });

  it("do not say that the webhook is away where configurations cannot be listed", () => {
    const unknown = [{ source: west, kind: "MutatingWebhookConfiguration", except: [], reason: "forbidden" }];
    expect(assemble([collected({ unknown })], undefined, {}).sources).toMatchObject([{ webhook: {} }]);
  });

  it("say where pod identity is not installed", () => {
    expect(assemble([collected({ podIdentityInstalled: false, objects: [] })], undefined, {}).findings).toEqual([
      { code: "pod-identity-not-installed", severity: "info", args: { context: "aks-west" } },
    ]);
  });

  it("say what is odd about an installation, whatever namespaces are chosen", () => {
    const { findings } = assemble([collected({ objects: found([nmi]) })], undefined, {});
    expect(findings).toEqual([
      {
        code: "pod-identity-half-removed",
        severity: "warning",
        subject: { source: west, apiVersion: "v1", kind: "Namespace", name: "kube-system" },
        args: { left: "nmi", object: "kube-system/nmi" },
      },
    ]);
  });

  it("do not take for missing what could not be listed", () => {
    const unknown = [{ source: west, kind: "Deployment", except: ["shop"], reason: "forbidden" }];
    const facts = assemble([collected({ objects: found([nmi]), unknown })], undefined, {});
    expect(facts.findings).toEqual([]);
    expect(facts.sources).toMatchObject([{ podIdentity: [{ mode: "standard" }] }]);
    expect(assemble([collected({ objects: [], unknown })], undefined, {}).findings).toEqual([]);
  });

  it("of files alone say which mode is assumed, unless it was given or a cluster shows it", () => {
    const codes = (...parts: Parameters<typeof assemble>) => assemble(...parts).findings.map(one => one.code);
    expect(codes([], files, {})).toEqual(["pod-identity-mode-assumed"]);
    expect(codes([], files, { podIdentityMode: "managed" })).toEqual([]);
    expect(codes([], { ...files, objects: found([nmi, mic], filesSource.id) }, {})).toEqual([]);
    expect(codes([collected()], files, {})).toEqual([]);
  });
});

describe("the index of objects", () => {
  const objects = found([workload("shop/cart"), workload("bank/cart"), workload("shop/cart", { label: "second" })]);
  const index = new ObjectIndex(objects);
  it("finds by kind and by name, and keeps the first of two equal ones", () => {
    expect(index.ofKind(west, "Deployment").map(one => nameOf(one.ref))).toEqual([
      "Deployment shop/cart",
      "Deployment bank/cart",
    ]);
    expect(index.find(west, "Deployment", "shop", "cart")).toBe(objects[0]);
    expect(index.find("other", "Deployment", "shop", "cart")).toBeUndefined();
    expect(index.find(west, "Deployment", undefined, "cart")).toBeUndefined();
    expect(index.ofKind(west, "constructor")).toEqual([]);
  });
});

describe("what is known of a kind", () => {
  const facts = assemble(
    [collected({ unknown: [{ source: west, kind: "Secret", except: ["shop"], reason: "forbidden" }] })],
    undefined,
    {},
  );
  it("is everything, or what is in the namespaces that could be read", () => {
    expect(isKnown(facts, west, "Pod")).toBe(true);
    expect(isKnown(facts, west, "Secret")).toBe(false);
    expect(isKnown(facts, west, "Secret", "shop")).toBe(true);
    expect(isKnown(facts, west, "Secret", "bank")).toBe(false);
    expect(isKnown(facts, "other", "Secret")).toBe(true);
  });
});

it("cluster-wide objects are named without a namespace", () => {
  expect(nameOf({ kind: "ClusterRoleBinding", name: "read" })).toBe("ClusterRoleBinding read");
});
