import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { isResourceIDForMIC } from "../../../src/core/podIdentity/match.ts";
import { azureIdentity, binding, exception, resourceIDOf } from "../factories.ts";
import { everyMode, matches, modes, namespaced, world } from "../podIdentityWorld.ts";

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

describe("NMI that keeps to the pod's namespace beside a MIC that does not", () => {
  const here = [azureIdentity("b/own"), binding("b/own", { selector: "x" })];
  const there = [azureIdentity("a/i"), binding("a/i", { selector: "x" })];
  const alike = [azureIdentity("b/i"), binding("b/i", { selector: "x" })];

  it("drops what MIC assigns of other namespaces", () => {
    expect(matches("filtered", [...here, ...there], "b", "x")).toEqual(["b/own by b/own"]);
  });

  it("has nothing for a pod whose identity shares its name with one that MIC took first", () => {
    expect(matches("filtered", [...there, ...alike], "b", "x")).toEqual([]);
    expect(matches("namespaced", [...there, ...alike], "b", "x")).toEqual(["b/i by b/i"]);
    expect(world("filtered", [...there, ...alike]).collisions("b", "x")).toMatchObject([
      { used: { namespace: "a" }, ignored: { namespace: "b" } },
    ]);
  });
});

describe("several installations", () => {
  const crossing = [azureIdentity("b/i"), binding("b/binding", { azureIdentity: "i", selector: "x" })];

  it("give what any of them gives, each identity once", () => {
    const own = [azureIdentity("a/j"), binding("a/binding", { azureIdentity: "j", selector: "x" })];
    const objects = [...crossing, ...own];
    expect(matches(["standard", "managed"], objects, "a", "x")).toEqual(["a/j by a/binding", "b/i by b/binding"]);
    expect(matches(["namespaced", "managed"], objects, "a", "x")).toEqual(["a/j by a/binding"]);
    expect(matches([], objects, "a", "x")).toEqual([]);
  });

  it("overlook nothing that only one of them sees: a selector that is empty, an identity that has lost its name", () => {
    const trap = [azureIdentity("a/k"), binding("a/trap", { azureIdentity: "k", selector: "" })];
    expect(matches(["standard", "managed"], trap, "a")).toEqual(["a/k by a/trap"]);
    const twins = ["a", "b"].flatMap(namespace => [
      azureIdentity(`${namespace}/i`),
      binding(`${namespace}/binding`, { azureIdentity: "i", selector: "x" }),
    ]);
    expect(matches(["standard", "managed"], twins, "b", "x")).toEqual(["a/i by a/binding", "b/i by b/binding"]);
    expect(
      world("standard", twins)
        .collisions("b", "x")
        .map(({ used, ignored }) => [used.namespace, ignored.namespace]),
    ).toEqual([["a", "b"]]);
    expect(world("managed", twins).collisions("b", "x")).toEqual([]);
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
    [resourceIDOf("\r"), true],
    [resourceIDOf("\u2028"), true],
    [resourceIDOf("\n"), false],
    [resourceIDOf("i").replace("/subscriptions", "/\u017fubscriptions"), true],
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
});
