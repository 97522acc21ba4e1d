import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchingModes } from "../../src/core/installation.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { compare, isResourceIDForMIC, PodIdentityWorld } from "../../src/core/match.ts";
import { azureIdentity, binding, clientIDOf, exception, found, resourceIDOf } from "./factories.ts";

type Mode = keyof typeof matchingModes;
const modes: Mode[] = ["standard", "namespaced", "managed"];
const namespaced = { "aadpodidentity.k8s.io/Behavior": "namespaced" };

function world(mode: Mode, objects: readonly KubernetesObject[]): PodIdentityWorld {
  return new PodIdentityWorld(matchingModes[mode], kind => found(objects).filter(one => one.object.kind === kind));
}

/** `IDENTITY by BINDING`, each with its namespace. */
function matches(mode: Mode, objects: readonly KubernetesObject[], namespace: string, label?: string): string[] {
  return world(mode, objects)
    .match(namespace, label)
    .map(one => `${one.namespace}/${one.name} by ${one.binding.namespace}/${one.binding.name}`);
}

const everyMode = (objects: readonly KubernetesObject[], namespace: string, label?: string) =>
  Object.fromEntries(modes.map(mode => [mode, matches(mode, objects, namespace, label)]));

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

  it("10: one label of an exception is enough, in any case, in its own namespace", () => {
    const excepted = world("standard", [exception("a/ex", { a: "1", b: "true" })]);
    expect(excepted.exceptionFor("a", { b: "TRUE", c: "3" })).toBe("ex");
    expect(excepted.exceptionFor("a", { a: "1" })).toBe("ex");
    expect(excepted.exceptionFor("a", { a: "2" })).toBeUndefined();
    expect(excepted.exceptionFor("a", { A: "1" })).toBeUndefined();
    expect(excepted.exceptionFor("b", { a: "1" })).toBeUndefined();
  });
});

describe("matching", () => {
  it("gives an identity once, however many bindings name it", () => {
    const objects = [
      azureIdentity("a/i"),
      binding("a/one", { azureIdentity: "i", selector: "x" }),
      binding("a/two", { azureIdentity: "i", selector: "x" }),
    ];
    const once = ["a/i by a/one"];
    expect(everyMode(objects, "a", "x")).toEqual({ standard: once, namespaced: once, managed: once });
  });

  it("lets an identity of a type that NMI refuses take the name from another one", () => {
    const objects = [
      azureIdentity("a/i", { type: 7 }),
      azureIdentity("b/i"),
      binding("a/binding", { azureIdentity: "i", selector: "x" }),
      binding("b/binding", { azureIdentity: "i", selector: "x" }),
    ];
    expect(matches("standard", objects, "b", "x")).toEqual([]);
    expect(matches("namespaced", objects, "b", "x")).toEqual(["b/i by b/binding"]);
  });

  it("does not take an invalid identity's name away from the next one", () => {
    const objects = [
      azureIdentity("a/i", { resourceID: "" }),
      azureIdentity("b/i"),
      binding("a/binding", { azureIdentity: "i", selector: "x" }),
      binding("b/binding", { azureIdentity: "i", selector: "x" }),
    ];
    expect(matches("standard", objects, "b", "x")).toEqual(["b/i by b/binding"]);
  });

  it("tells user-assigned identities, service principals and their certificates apart", () => {
    const typeOf = (type: number | string | null) =>
      world("managed", [
        azureIdentity("a/i", { type }),
        binding("a/binding", { azureIdentity: "i", selector: "x" }),
      ]).match("a", "x")[0]?.type;
    expect([0, null, 1, 2, 3, -1, "0"].map(typeOf)).toEqual([
      "userAssigned",
      "userAssigned",
      "servicePrincipal",
      "servicePrincipalCertificate",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("knows labels that are called like members of every object", () => {
    const excepted = world("standard", [exception("a/ex", { constructor: "x", toString: "y" })]);
    expect(excepted.exceptionFor("a", { app: "cart" })).toBeUndefined();
    expect(excepted.exceptionFor("a", { constructor: "X" } as Record<string, string>)).toBe("ex");
  });
});

describe("a resource id as MIC checks it", () => {
  it.each([
    [resourceIDOf("i"), true],
    [resourceIDOf("i").toUpperCase(), true],
    [`https://management.azure.com${resourceIDOf("i")}/ `, true],
    [resourceIDOf("i").slice(1), false],
    [resourceIDOf(""), false],
    ["/a/b/c", false],
    ["", false],
    [resourceIDOf("i").replace("ManagedIdentity/userAssignedIdentities", "ContainerService/managedClusters"), false],
  ])("%s: %s", (resourceID, valid) => {
    expect(isResourceIDForMIC(resourceID)).toBe(valid);
  });
});

describe("in every world", () => {
  const names = ["i", "j"];
  const namespaces = ["a", "b", "c"];
  const labels = ["x", "X", " x", "y", ""];
  const anyObject = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(...namespaces),
        fc.constantFrom(...names),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(0, 1, 2, 9),
      )
      .map(([namespace, name, isNamespaced, isValid, type]) =>
        azureIdentity(
          `${namespace}/${name}`,
          isValid ? { type } : { type, resourceID: "nowhere" },
          isNamespaced ? namespaced : undefined,
        ),
      ),
    fc
      .tuple(fc.constantFrom(...namespaces), fc.nat(9), fc.constantFrom(...names, "none"), fc.constantFrom(...labels))
      .map(([namespace, number, azure, selector]) =>
        binding(`${namespace}/b${number}`, { azureIdentity: azure, selector }),
      ),
  );
  const anyWorld = fc.uniqueArray(anyObject, {
    maxLength: 12,
    selector: ({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`,
  });
  const anyPod = fc.record({
    namespace: fc.constantFrom(...namespaces),
    label: fc.option(fc.constantFrom(...labels), { nil: undefined }),
  });

  it("managed mode never crosses namespaces", () => {
    fc.assert(
      fc.property(anyWorld, anyPod, (objects, { namespace, label }) => {
        const crossing = world("managed", objects)
          .match(namespace, label)
          .filter(one => one.namespace !== namespace || one.binding.namespace !== namespace);
        expect(crossing).toEqual([]);
      }),
    );
  });

  it("forcing namespaces takes identities away and gives none, where no two namespaces use one name", () => {
    const ownNames = (one: KubernetesObject): KubernetesObject => {
      const { namespace, name } = one.metadata;
      if (one.kind === "AzureIdentity") return { ...one, metadata: { ...one.metadata, name: `${namespace}-${name}` } };
      return { ...one, spec: { ...one.spec, azureIdentity: `${namespace}-${String(one.spec?.azureIdentity)}` } };
    };
    fc.assert(
      fc.property(anyWorld, anyPod, (objects, { namespace, label }) => {
        const distinct = objects.map(ownNames);
        const all = world("standard", distinct).match(namespace, label);
        expect(world("namespaced", distinct).match(namespace, label)).toEqual(
          all.filter(one => one.namespace === namespace),
        );
      }),
    );
  });

  it("no pod without a label gets anything in standard mode", () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.constantFrom(...namespaces),
        fc.constantFrom(undefined, ""),
        (objects, namespace, label) => {
          expect(world("standard", objects).match(namespace, label)).toEqual([]);
          expect(world("namespaced", objects).match(namespace, label)).toEqual([]);
        },
      ),
    );
  });

  it("what is matched does not depend on the order in which objects were listed", () => {
    fc.assert(
      fc.property(anyWorld, anyPod, fc.constantFrom(...modes), (objects, { namespace, label }, mode) => {
        expect(matches(mode, [...objects].reverse(), namespace, label)).toEqual(
          matches(mode, objects, namespace, label),
        );
      }),
    );
  });

  it("strings are sorted by bytes, as Go sorts them", () => {
    expect(["b", "a-b", "a.b", "B", "a"].sort(compare)).toEqual(["B", "a", "a-b", "a.b", "b"]);
  });
});
