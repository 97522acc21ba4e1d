import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { map } from "../../src/core/map.ts";
import type { Code, Installation } from "../../src/core/model.ts";
import { matchingModes, modesOf, podIdentityInstallations } from "../../src/core/podIdentity/installation.ts";
import { renameLegacyFields } from "../../src/core/podIdentity/legacyFields.ts";
import { find } from "../../src/core/usages.ts";
import { component, forced } from "./components.ts";
import {
  azureIdentity,
  binding,
  clientIDOf,
  decisions,
  exception,
  factsOf,
  found,
  owned,
  resourceIDOf,
  workload,
} from "./factories.ts";
import { everyMode, matches, namespaced, world } from "./podIdentityWorld.ts";

const installed = (rest: Partial<Installation>) => ({
  cluster: { podIdentity: [{ ...matchingModes.standard, addon: false, namespace: "kube-system", ...rest }] },
});
const seen = (kind: string, ...objects: KubernetesObject[]) => found(objects).filter(one => one.object.kind === kind);
const findingsOf = (facts: Facts, code: Code) =>
  find(facts, decisions)
    .findings.filter(one => one.code === code)
    .map(one => [`${one.subject?.namespace}/${one.subject?.name}`, one.args]);

describe("the vectors of the pod identity reference", () => {
  it("1: bindings reach into other namespaces in standard mode, unless the identity or MIC says namespaced", () => {
    const there = binding("b/binding", { azureIdentity: "i", selector: "x" });
    expect(everyMode([azureIdentity("b/i"), there], "a", "x")).toEqual({
      standard: ["b/i by b/binding"],
      namespaced: [],
      managed: [],
    });
    expect(everyMode([azureIdentity("b/i", {}, namespaced), there], "a", "x")).toEqual({
      standard: [],
      namespaced: [],
      managed: [],
    });
    expect(everyMode([azureIdentity("b/i", {}, namespaced), there], "b", "x")).toEqual({
      standard: ["b/i by b/binding"],
      namespaced: ["b/i by b/binding"],
      managed: ["b/i by b/binding"],
    });
  });

  it("2: the identity is looked for in the namespace of the binding only", () => {
    const objects = [azureIdentity("a/i"), binding("b/binding", { azureIdentity: "i", selector: "x" })];
    for (const namespace of ["a", "b"])
      expect(everyMode(objects, namespace, "x")).toEqual({ standard: [], namespaced: [], managed: [] });
  });

  it("3: labels and selectors are compared as they are, with case and blanks", () => {
    const objects = [azureIdentity("a/i"), binding("a/binding", { azureIdentity: "i", selector: "x" })];
    const blank = [azureIdentity("a/i"), binding("a/binding", { azureIdentity: "i", selector: " x" })];
    expect(everyMode(objects, "a", "X")).toEqual({ standard: [], namespaced: [], managed: [] });
    expect(everyMode(blank, "a", "x")).toEqual({ standard: [], namespaced: [], managed: [] });
  });

  it("4: several bindings with one selector give several identities", () => {
    const objects = [
      azureIdentity("a/i2"),
      azureIdentity("a/i1"),
      binding("a/second", { azureIdentity: "i2", selector: "x" }),
      binding("a/first", { azureIdentity: "i1", selector: "x" }),
    ];
    const both = ["a/i1 by a/first", "a/i2 by a/second"];
    expect(everyMode(objects, "a", "x")).toEqual({ standard: both, namespaced: both, managed: both });
    // Which of them answers a request without client id is the luck of the moment: nobody chooses for the user.
    const facts = factsOf([...objects, workload("a/app", { label: "x" })]);
    expect(map(facts, find(facts, decisions).usages, decisions).mappings).toMatchObject([
      { blockedBy: expect.arrayContaining(["several-identities"]) },
    ]);
  });

  it("5: of two identities with one name the one of the first binding wins, even in another namespace", () => {
    const objects = ["b", "a"].flatMap(namespace => [
      azureIdentity(`${namespace}/i`, { clientID: clientIDOf(namespace) }),
      binding(`${namespace}/binding`, { azureIdentity: "i", selector: "x" }),
    ]);
    expect(everyMode(objects, "b", "x")).toEqual({
      standard: ["a/i by a/binding"],
      namespaced: ["b/i by b/binding"],
      managed: ["b/i by b/binding"],
    });
    expect(world("standard", objects).match("b", "x")).toEqual([
      {
        namespace: "a",
        name: "i",
        type: "userAssigned",
        clientID: clientIDOf("a"),
        resourceID: resourceIDOf("i"),
        binding: { namespace: "a", name: "binding" },
      },
    ]);
  });

  it("6: an empty selector matches pods without the label in managed mode, and nothing in standard mode", () => {
    for (const selector of [{ selector: "" }, {}]) {
      const objects = [azureIdentity("a/i"), binding("a/binding", { azureIdentity: "i", selector: null, ...selector })];
      const managedOnly = { standard: [], namespaced: [], managed: ["a/i by a/binding"] };
      expect(everyMode(objects, "a")).toEqual(managedOnly);
      expect(everyMode(objects, "a", "")).toEqual(managedOnly);
      expect(everyMode(objects, "a", "x")).toEqual({ standard: [], namespaced: [], managed: [] });
      expect(everyMode(objects, "b")).toEqual({ standard: [], namespaced: [], managed: [] });
    }
  });

  it("7: the namespaced annotation counts with its exact key and value only", () => {
    for (const annotation of [
      { "aadpodidentity.k8s.io/behavior": "namespaced" },
      { "aadpodidentity.k8s.io/Behavior": "Namespaced" },
    ]) {
      const objects = [
        azureIdentity("b/i", {}, annotation),
        binding("b/binding", { azureIdentity: "i", selector: "x" }),
      ];
      expect(matches("standard", objects, "a", "x")).toEqual(["b/i by b/binding"]);
    }
  });

  it("8: a resource id without its slash is ignored in standard mode and works in managed mode", () => {
    const objects = [
      azureIdentity("a/i", { resourceID: resourceIDOf("i").slice(1) }),
      binding("a/binding", { azureIdentity: "i", selector: "x" }),
    ];
    expect(everyMode(objects, "a", "x")).toEqual({ standard: [], namespaced: [], managed: ["a/i by a/binding"] });
  });

  it("8: the resource id of a service principal is not looked at", () => {
    const objects = [
      azureIdentity("a/i", { type: 1, resourceID: "" }),
      binding("a/binding", { azureIdentity: "i", selector: "x" }),
    ];
    expect(matches("standard", objects, "a", "x")).toEqual(["a/i by a/binding"]);
  });

  it("9: fields in the old capitals are empty fields on a live object", () => {
    const spec = {
      type: 0,
      resourceID: null,
      clientID: null,
      ResourceID: resourceIDOf("i"),
      ClientID: clientIDOf("i"),
    };
    const objects = [azureIdentity("a/i", spec), binding("a/binding", { azureIdentity: "i", selector: "x" })];
    expect(matches("standard", objects, "a", "x")).toEqual([]);
    expect(world("managed", objects).match("a", "x")).toEqual([
      {
        namespace: "a",
        name: "i",
        type: "userAssigned",
        clientID: "",
        resourceID: "",
        binding: { namespace: "a", name: "binding" },
      },
    ]);
  });

  it("9: files may have the old capitals: they are read, and told of", () => {
    const object = { ...azureIdentity("a/i", { resourceID: null, clientID: null }) };
    const spec = { type: 0, ResourceID: resourceIDOf("i"), ClientId: clientIDOf("i") };
    const inFile: Record<string, unknown> = { ...object, spec };
    expect(renameLegacyFields(inFile)).toEqual([
      { field: "spec.ResourceID", expected: "spec.resourceID" },
      { field: "spec.ClientId", expected: "spec.clientID" },
    ]);
    const objects = [inFile as KubernetesObject, binding("a/binding", { azureIdentity: "i", selector: "x" })];
    expect(world("managed", objects).match("a", "x")).toMatchObject([
      { clientID: clientIDOf("i"), resourceID: resourceIDOf("i") },
    ]);
  });

  it("10: one label of an exception is enough, in any case, in its own namespace", () => {
    const excepted = world("standard", [exception("a/ex", { a: "1", b: "true" })]);
    expect(excepted.exceptionFor("a", { b: "TRUE", c: "3" })).toBe("ex");
    expect(excepted.exceptionFor("a", { a: "1" })).toBe("ex");
    expect(excepted.exceptionFor("a", { a: "2" })).toBeUndefined();
    expect(excepted.exceptionFor("a", { A: "1" })).toBeUndefined();
    expect(excepted.exceptionFor("a", { a: "1", b: "3" })).toBe("ex");
    expect(excepted.exceptionFor("b", { a: "1" })).toBeUndefined();
  });

  it("11: a Deployment in MIC's namespace whose name begins with mic is excepted", () => {
    const app = (path: string) => workload(path, { label: "x" });
    const objects = [
      azureIdentity("default/i"),
      binding("default/binding", { azureIdentity: "i", selector: "x" }),
      app("default/micro-api"),
      app("default/mi"),
      app("default/Mic-api"),
      app("shop/micro-api"),
    ];
    expect(findingsOf(factsOf(objects), "excepted")).toEqual([
      ["default/micro-api", { by: "name", exception: "default" }],
    ]);
    const elsewhere = installed({ micNamespace: "Shop" });
    expect(findingsOf(factsOf(objects, elsewhere), "excepted")).toEqual([
      ["shop/micro-api", { by: "name", exception: "shop" }],
    ]);
  });

  it("12: MIC assigns to a pod on the host's network, and NMI is never asked", () => {
    const facts = factsOf([
      azureIdentity("a/i"),
      binding("a/binding", { azureIdentity: "i", selector: "x" }),
      workload("a/app", { label: "x", podSpec: { hostNetwork: true } }),
    ]);
    expect(find(facts, decisions).usages).toMatchObject([
      { via: "label", identities: [{ name: "i" }], findings: ["host-network"] },
    ]);
  });

  it("13: a finished pod keeps its identity with MIC, and has none with NMI", () => {
    const job = workload("a/job", { kind: "Job", label: "x" });
    const ended: KubernetesObject = {
      ...workload("a/job-1", { kind: "Pod", label: "x", podSpec: { nodeName: "n" }, metadata: owned("Job", "job") }),
      status: { phase: "Succeeded" },
    };
    const objects = [azureIdentity("a/i"), binding("a/binding", { azureIdentity: "i", selector: "x" }), job, ended];
    const held = ["a/job", { pods: 1, identities: [`a/i (${clientIDOf("i")})`] }];
    expect(findingsOf(factsOf(objects), "finished-pods-hold-identity")).toEqual([held]);
    const managed = { cluster: { podIdentity: [{ ...matchingModes.managed, addon: true, namespace: "kube-system" }] } };
    expect(findingsOf(factsOf(objects, managed), "finished-pods-hold-identity")).toEqual([]);
    expect(find(factsOf(objects, managed), decisions).usages).toMatchObject([{ pods: 0 }]);
  });

  it("14: FORCENAMESPACED is compared with exactly true", () => {
    const read = (value: string) => podIdentityInstallations(kind => seen(kind, component("nmi", forced(value))));
    expect(["True", "1", "TRUE", "true"].map(value => read(value)[0]?.namespaced)).toEqual([false, false, false, true]);
  });

  it("15: what NMI or MIC alone keeps to its namespace is kept there", () => {
    const read = (nmi: string, mic: string) =>
      podIdentityInstallations(kind => seen(kind, component("nmi", forced(nmi)), component("mic", forced(mic))));
    expect(modesOf(read("true", "false"))).toEqual([matchingModes.filtered]);
    expect(modesOf(read("false", "true"))).toEqual([matchingModes.namespaced]);
    expect(modesOf(read("false", "false"))).toEqual([matchingModes.standard]);
  });
});
