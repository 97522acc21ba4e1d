import { describe, expect, it } from "vitest";
import { type Facts, ObjectIndex } from "../../../src/core/facts.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { ClusterSource, Installation } from "../../../src/core/model.ts";
import { matchingModes } from "../../../src/core/podIdentity/installation.ts";
import { clustersOf, isModeUnknown, modesOfSource, unknownBindingKinds } from "../../../src/core/podIdentity/worlds.ts";
import { judge } from "../../../src/core/reports.ts";
import { find } from "../../../src/core/usages.ts";
import { component } from "../components.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  cluster,
  decisions,
  exception,
  factsOf,
  factsOfFiles,
  files,
  filesSource,
  found,
  resourceIDOf,
  west,
  workload,
} from "../factories.ts";

const east = "22222222-2222-4222-8222-222222222222";
const installation = (mode: keyof typeof matchingModes, rest: Partial<Installation> = {}): Installation => ({
  ...matchingModes[mode],
  addon: false,
  namespace: "kube-system",
  ...rest,
});
const cart = workload("shop/cart", { label: "cart" });

/** Files beside two clusters. */
function between(
  inWest: readonly KubernetesObject[],
  inEast: readonly KubernetesObject[],
  inFiles: readonly KubernetesObject[],
  about: { west?: Partial<ClusterSource>; east?: Partial<ClusterSource> } = {},
): Facts {
  return {
    ...factsOf([]),
    sources: [cluster(about.west), cluster({ id: east, context: "aks-east", ...about.east }), filesSource],
    objects: new ObjectIndex([...found(inWest), ...found(inEast, east), ...found(inFiles, files)]),
  };
}

const usages = (facts: Facts) =>
  find(facts, decisions).usages.map(one => [
    one.id.split("/").slice(-2).join("/"),
    one.state,
    one.identities.map(identity => `${identity.namespace}/${identity.name}`),
  ]);
const differing = (facts: Facts) =>
  find(facts, decisions).findings.flatMap(one => (one.code === "identities-differ" ? [one.args.among] : []));

describe("a workload that is only in files", () => {
  it("is matched with the bindings that the cluster has", () => {
    expect(usages(factsOf(bound("shop/cart"), { files: [cart] }))).toEqual([
      ["Deployment/cart", "legacy", ["shop/cart"]],
    ]);
  });

  it("is matched with what the files add to that, and with a binding and an identity from either side", () => {
    expect(usages(factsOf([], { files: [...bound("shop/cart"), cart] }))).toEqual([
      ["Deployment/cart", "legacy", ["shop/cart"]],
    ]);
    expect(usages(factsOf([azureIdentity("shop/cart")], { files: [binding("shop/cart"), cart] }))).toEqual([
      ["Deployment/cart", "legacy", ["shop/cart"]],
    ]);
  });

  it("gets what is live where a file says something else of the same object", () => {
    const facts = factsOf(bound("shop/cart"), {
      files: [azureIdentity("shop/cart", { clientID: clientIDOf("new") }), cart],
    });
    expect(find(facts, decisions).usages[0]?.identities).toEqual([
      {
        namespace: "shop",
        name: "cart",
        type: "userAssigned",
        clientID: clientIDOf("cart"),
        resourceID: resourceIDOf("cart"),
        binding: { namespace: "shop", name: "cart" },
      },
    ]);
  });

  it("is matched in the cluster's mode, whatever the flag says", () => {
    const managed = { cluster: { podIdentity: [installation("managed")] } };
    const facts = factsOf(bound("bank/cart"), { ...managed, files: [cart] });
    expect(find(facts, { ...decisions, podIdentityMode: "standard" }).usages).toMatchObject([{ state: "unmatched" }]);
  });

  it("is excepted by what the cluster excepts", () => {
    const facts = factsOf([exception("shop/ex", { app: "cart" })], {
      files: [workload("shop/cart", { labels: { app: "cart" } })],
    });
    expect(find(facts, decisions).usages).toMatchObject([{ via: "exception", findings: ["excepted"] }]);
  });

  it("may have bindings that could not be read in the cluster", () => {
    const unknown = [{ kind: "AzureIdentityBinding", except: ["bank"] }];
    expect(find(factsOf([], { files: [cart], unknown }), decisions).usages).toMatchObject([
      { state: "legacy", findings: ["bindings-not-checked"] },
    ]);
  });

  it("is matched with each of several clusters: one that does not know its label says nothing", () => {
    expect(usages(between(bound("shop/cart"), [], [cart]))).toEqual([["Deployment/cart", "legacy", ["shop/cart"]]]);
    expect(differing(between(bound("shop/cart"), [], [cart]))).toEqual([]);
    expect(usages(between(bound("shop/cart"), bound("shop/cart"), [cart]))).toEqual([
      ["Deployment/cart", "legacy", ["shop/cart"]],
    ]);
  });

  it("has all identities where clusters differ, and says who gives which", () => {
    const other = [azureIdentity("shop/cart", { clientID: clientIDOf("east") }), binding("shop/cart")];
    const facts = between(bound("shop/cart"), other, [cart]);
    expect(find(facts, decisions).usages[0]?.principals.map(one => one.clientID)).toEqual([
      clientIDOf("cart"),
      clientIDOf("east"),
    ]);
    expect(differing(facts)).toEqual([
      [`aks-west: shop/cart (${clientIDOf("cart")})`, `aks-east: shop/cart (${clientIDOf("east")})`],
    ]);
  });
});

describe("a workload between two installations", () => {
  const both = { cluster: { podIdentity: [installation("standard"), installation("managed")] } };

  it("has what either gives, and says where they differ", () => {
    const facts = factsOf([...bound("bank/cart"), cart], both);
    expect(usages(facts)).toEqual([["Deployment/cart", "legacy", ["bank/cart"]]]);
    expect(differing(facts)).toEqual([
      [`aks-west, standard mode: bank/cart (${clientIDOf("cart")})`, "aks-west, managed mode: none"],
    ]);
  });

  it("blocks until people choose, since nobody can know who answers", () => {
    const blockedBy = (workloads: NonNullable<typeof decisions.workloads>) => {
      const trap = [azureIdentity("shop/cart"), binding("shop/cart", { selector: "" }), workload("shop/plain")];
      return judge(factsOf(trap, both), { ...decisions, workloads }).mapped.mappings[0]?.blockedBy;
    };
    expect(blockedBy({})).toEqual(["identities-differ"]);
    expect(blockedBy({ "shop/Deployment/plain": { defaultIdentity: "shop/cart" } })).toEqual([]);
  });

  it("has nothing to say where both give the same", () => {
    expect(differing(factsOf([...bound("shop/cart"), cart], both))).toEqual([]);
  });

  it("is used by the pods of a namespace that only managed mode sees", () => {
    const trap = [azureIdentity("shop/cart"), binding("shop/cart", { selector: "" }), workload("shop/plain")];
    expect(find(factsOf(trap, both), decisions).usages).toMatchObject([
      { via: "emptySelector", findings: ["identities-differ", "namespace-wide-binding"] },
    ]);
  });
});

it("an identity that has lost its name to another one is told of", () => {
  const twins = ["a", "b"].flatMap(namespace => [
    azureIdentity(`${namespace}/i`),
    binding(`${namespace}/binding`, { azureIdentity: "i", selector: "x" }),
  ]);
  expect(find(factsOf([...twins, workload("b/app", { label: "x" })]), decisions).findings).toMatchObject([
    { code: "identity-name-collision", subject: { name: "app" }, args: { used: "a/i", ignored: ["b/i"], count: 1 } },
  ]);
});

describe("what counts for a source", () => {
  const facts = between([], [], [], {
    west: { podIdentity: [installation("managed")] },
    east: { podIdentity: [installation("namespaced"), installation("managed")] },
  });

  it("is for files every cluster, for a cluster itself", () => {
    expect(clustersOf(facts, files).map(one => one.id)).toEqual([west, east]);
    expect(clustersOf(facts, east).map(one => one.id)).toEqual([east]);
    expect(clustersOf(factsOfFiles([]), files)).toEqual([]);
  });

  it("is every mode, each once; the given one where none is seen", () => {
    expect(modesOfSource(facts, files, {})).toEqual([matchingModes.managed, matchingModes.namespaced]);
    expect(modesOfSource(facts, west, { podIdentityMode: "standard" })).toEqual([matchingModes.managed]);
    expect(modesOfSource(factsOfFiles([]), files, {})).toEqual([matchingModes.standard]);
    expect(modesOfSource(factsOfFiles([]), files, { podIdentityMode: "managed" })).toEqual([matchingModes.managed]);
  });

  it("is not known where one cluster may have an NMI that nobody sees", () => {
    const unknown = [{ source: east, kind: "DaemonSet", except: [], reason: "forbidden" }];
    const hidden = { ...between([], [], [], { east: { podIdentity: [] } }), unknown };
    expect([west, east, files].map(source => isModeUnknown(hidden, source, {}))).toEqual([false, true, true]);
    expect(isModeUnknown(hidden, files, { podIdentityMode: "managed" })).toBe(false);
  });

  it("is a kind that some cluster could not list, as far as its modes reach", () => {
    const unknown = [{ source: east, kind: "AzureIdentity", except: ["shop"], reason: "forbidden" }];
    const gap = (podIdentity: Installation[], namespace: string) =>
      unknownBindingKinds(
        { ...between([], [], [], { east: { podIdentity } }), unknown },
        { source: files, namespace },
        {},
      );
    expect(gap([installation("managed")], "shop")).toEqual([]);
    expect(gap([installation("managed")], "bank")).toEqual(["AzureIdentity"]);
    expect(gap([installation("managed"), installation("standard")], "shop")).toEqual(["AzureIdentity"]);
  });
});

describe("files alone", () => {
  const managed = component("nmi", { args: ["--operation-mode=managed", "--forceNamespaced"] });
  const others = [azureIdentity("a/i"), binding("a/i", { selector: "cart" }), cart];

  it("are matched in the mode of the NMI that is among them", () => {
    expect(usages(factsOfFiles(others))).toEqual([["Deployment/cart", "legacy", ["a/i"]]]);
    expect(usages(factsOfFiles([managed, ...others]))).toEqual([["Deployment/cart", "unmatched", []]]);
    const forced = component("mic", { args: ["-forceNamespaced"] });
    expect(usages(factsOfFiles([component("nmi"), forced, ...others]))).toEqual([["Deployment/cart", "unmatched", []]]);
  });

  it("are matched as a flag says, whatever NMI is among them", () => {
    expect(modesOfSource(factsOfFiles([managed]), files, { podIdentityMode: "standard" })).toEqual([
      matchingModes.standard,
    ]);
  });

  it("say nothing of the mode with several NMIs that differ, and do with several that agree", () => {
    const elsewhere = component("nmi", { namespace: "other" });
    expect(modesOfSource(factsOfFiles([managed, elsewhere]), files, {})).toEqual([matchingModes.standard]);
    const alike = component("nmi", { namespace: "other", args: ["--operation-mode=managed"] });
    expect(modesOfSource(factsOfFiles([managed, alike]), files, {})).toEqual([matchingModes.managed]);
  });

  it("except what NMI among them takes for MIC", () => {
    const nmi = component("nmi", { args: ["--MICNamespace=shop"] });
    const micro = workload("shop/micro", { label: "cart" });
    const codes = (...objects: KubernetesObject[]) =>
      find(factsOfFiles(objects), decisions).findings.map(one => one.code);
    expect(codes(micro, nmi)).toContain("excepted");
    expect(codes(micro)).not.toContain("excepted");
  });
});
