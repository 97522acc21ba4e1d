import fc from "fast-check";
import { applyPatch } from "rfc6902";
import { describe, expect, it } from "vitest";
import {
  includes,
  inverse,
  isEqual,
  observeChanges,
  partialsOf,
  patchOf,
  valueAt,
  withChanges,
} from "../../../src/core/changes/change.ts";
import type { Json, JsonObject } from "../../../src/core/kubernetes.ts";
import type { Change } from "../../../src/core/model.ts";
import type { JsonPatchOperation } from "../../../src/core/ports.ts";

/**
 * JSON Patch as the API server has it (evanphx/json-patch): a `test` for null passes where there is no such member. Every key
 * goes through the library in disguise, since for Go no key is special.
 */
function patched(object: JsonObject, operations: readonly JsonPatchOperation[]): JsonObject {
  const copy = withKeys(object, key => `$${key}`);
  for (const operation of operations) {
    const path = operation.path.replace(/\/(?!\d|-$)/g, "/$");
    const disguised = "value" in operation ? { value: withKeys(operation.value, key => `$${key}`) } : {};
    const [error] = applyPatch(copy, [{ ...operation, path, ...disguised } as JsonPatchOperation]);
    const isAbsent =
      operation.op === "test" &&
      operation.value === null &&
      error?.name === "TestError" &&
      "actual" in error &&
      error.actual === undefined;
    if (error && !isAbsent) throw new Error(`${operation.op} ${operation.path}: ${error.name}`);
  }
  return withKeys(copy, key => key.slice(1));
}

function withKeys<T extends Json>(value: T, rename: (key: string) => string): T {
  if (Array.isArray(value)) return value.map(item => withKeys(item, rename)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [rename(key), withKeys(one, rename)])) as T;
}

const template = ["spec", "template"];
const label: Change = { path: [...template, "metadata", "labels", "azure.workload.identity/use"], after: "true" };
const account: Change = { path: [...template, "spec", "serviceAccountName"], before: "default", after: "cart" };
const deployment: JsonObject = {
  spec: { replicas: 2, template: { metadata: { labels: { app: "cart" } }, spec: { serviceAccountName: "default" } } },
};
const changed: JsonObject = {
  spec: {
    replicas: 2,
    template: {
      metadata: { labels: { app: "cart", "azure.workload.identity/use": "true" } },
      spec: { serviceAccountName: "cart" },
    },
  },
};

describe("the patch of some changes", () => {
  it("guards each value that it replaces, and escapes keys", () => {
    expect(patchOf([label, account], deployment)).toEqual([
      { op: "test", path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: null },
      { op: "add", path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: "true" },
      { op: "test", path: "/spec/template/spec/serviceAccountName", value: "default" },
      { op: "replace", path: "/spec/template/spec/serviceAccountName", value: "cart" },
    ]);
    expect(patched(deployment, patchOf([label, account], deployment))).toEqual(changed);
  });

  it("makes the maps that are missing once, and guards that they are missing", () => {
    const changes: Change[] = [
      { path: ["metadata", "annotations", "a"], after: "1" },
      { path: ["metadata", "annotations", "b"], after: "2" },
    ];
    expect(patchOf(changes, { metadata: {} })).toEqual([
      { op: "test", path: "/metadata/annotations", value: null },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "test", path: "/metadata/annotations/a", value: null },
      { op: "add", path: "/metadata/annotations/a", value: "1" },
      { op: "test", path: "/metadata/annotations/b", value: null },
      { op: "add", path: "/metadata/annotations/b", value: "2" },
    ]);
  });

  it("removes what is to go", () => {
    expect(patchOf([inverse(label)], changed)).toEqual([
      { op: "test", path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: "true" },
      { op: "remove", path: "/spec/template/metadata/labels/azure.workload.identity~1use" },
    ]);
  });

  it("leaves out what is done", () => {
    expect(patchOf([label, account], changed)).toEqual([]);
    expect(patchOf([inverse(label)], deployment)).toEqual([]);
  });

  it("names a list item by its key and holds it to that", () => {
    const image: Change = { path: ["containers", { match: { name: "app" } }, "image"], before: "a:1", after: "a:2" };
    const pod: JsonObject = { containers: [{ name: "log" }, { name: "app", image: "a:1" }] };
    expect(patchOf([image], pod)).toEqual([
      { op: "test", path: "/containers/1/name", value: "app" },
      { op: "test", path: "/containers/1/image", value: "a:1" },
      { op: "replace", path: "/containers/1/image", value: "a:2" },
    ]);
    expect(withChanges(pod, [image])).toEqual({ containers: [{ name: "log" }, { name: "app", image: "a:2" }] });
    expect(observeChanges([image], { containers: [{ name: "app", image: "a:1" }] })).toBe("pending");
  });

  const cartSubject = { kind: "ServiceAccount", name: "cart", namespace: "shop" };
  const added: Change = { path: ["subjects", { match: cartSubject }], after: cartSubject };
  const other = { ...cartSubject, name: "orders" };
  const addedToo: Change = { path: ["subjects", { match: other }], after: other };
  const till = { kind: "ServiceAccount", name: "till", namespace: "shop" };

  it("adds a list item at the end, and guards the whole list once", () => {
    const binding: JsonObject = { roleRef: { name: "view" }, subjects: [till] };
    expect(patchOf([added, addedToo], binding)).toEqual([
      { op: "test", path: "/subjects", value: [till] },
      { op: "add", path: "/subjects/-", value: cartSubject },
      { op: "add", path: "/subjects/-", value: other },
    ]);
    const result = patched(binding, patchOf([added, addedToo], binding));
    expect(result).toEqual({ roleRef: { name: "view" }, subjects: [till, cartSubject, other] });
    expect(withChanges(binding, [added, addedToo])).toEqual(result);
    expect([binding, result].map(one => observeChanges([added, addedToo], one))).toEqual(["pending", "done"]);
    expect(observeChanges([added, addedToo], withChanges(binding, [added]))).toBe("pending");
    expect(patchOf([added, addedToo], result)).toEqual([]);
  });

  it("makes a list that is missing, and guards that it is", () => {
    const binding: JsonObject = { roleRef: { name: "view" } };
    expect(patchOf([added, addedToo], binding)).toEqual([
      { op: "test", path: "/subjects", value: null },
      { op: "add", path: "/subjects", value: [] },
      { op: "add", path: "/subjects/-", value: cartSubject },
      { op: "add", path: "/subjects/-", value: other },
    ]);
    expect(withChanges(binding, [added])).toEqual({ roleRef: { name: "view" }, subjects: [cartSubject] });
    expect(withChanges({ subjects: null }, [added])).toEqual({ subjects: [cartSubject] });
  });

  it("takes list items out by their place at that moment, each held to what it was", () => {
    const binding: JsonObject = { subjects: [cartSubject, till, other] };
    const patch = patchOf([added, addedToo].map(inverse), binding);
    expect(patch.filter(({ op }) => op === "remove")).toEqual([
      { op: "remove", path: "/subjects/0" },
      { op: "remove", path: "/subjects/1" },
    ]);
    expect(patched(binding, patch)).toEqual({ subjects: [till] });
    expect(withChanges(binding, [added, addedToo].map(inverse))).toEqual({ subjects: [till] });
    expect(() => patched({ subjects: [till, cartSubject, other] }, patch)).toThrow("test /subjects/0");
  });

  it("does not add to a list that somebody has changed meanwhile", () => {
    const patch = patchOf([added], { subjects: [till] });
    for (const subjects of [[till, other], [], [other]]) {
      expect(() => patched({ subjects }, patch)).toThrow("test /subjects");
    }
    expect(() => patched({}, patch)).toThrow("test /subjects");
    expect(() => patched({ subjects: [till] }, patchOf([added], {}))).toThrow("test /subjects");
  });

  it("makes the list item that a field is to be in", () => {
    const variable: Change = { path: ["env", { match: { name: "A" } }, "value"], after: "1" };
    expect(patched({ env: [{ name: "B" }] }, patchOf([variable], { env: [{ name: "B" }] }))).toEqual({
      env: [{ name: "B" }, { name: "A", value: "1" }],
    });
  });

  it("is refused where somebody was faster", () => {
    const meanwhile = structuredClone(deployment);
    valueAtTemplate(meanwhile).serviceAccountName = "other";
    expect(() => patched(meanwhile, patchOf([label, account], deployment))).toThrow(
      "/spec/template/spec/serviceAccountName",
    );
    const labelled = structuredClone(deployment);
    (valueAt(labelled, [...template, "metadata", "labels"]) as JsonObject)["azure.workload.identity/use"] = "false";
    expect(() => patched(labelled, patchOf([label, account], deployment))).toThrow("azure.workload.identity~1use");
  });
});

function valueAtTemplate(object: JsonObject): JsonObject {
  return valueAt(object, [...template, "spec"]) as JsonObject;
}

describe("how changes stand", () => {
  it.each([
    ["pending", deployment],
    ["done", changed],
    ["pending, when a part is done", withChanges(deployment, [label])],
    ["drifted, when a value is neither", withChanges(deployment, [{ ...account, after: "other" }])],
    ["drifted, when a value is there where none was", withChanges(deployment, [{ ...label, after: "false" }])],
    ["drifted, when a value is gone", { spec: { template: { metadata: {}, spec: {} } } }],
    ["drifted, when there is nothing", undefined],
  ])("%s", (expected, object) => {
    expect(observeChanges([label, account], object)).toBe(expected.split(",")[0]);
  });

  it("is done for no changes", () => expect(observeChanges([], deployment)).toBe("done"));
});

describe("what a diff shows", () => {
  it("holds nothing but what changes", () => {
    expect(partialsOf([label, account])).toEqual({
      before: { spec: { template: { spec: { serviceAccountName: "default" } } } },
      after: {
        spec: {
          template: {
            metadata: { labels: { "azure.workload.identity/use": "true" } },
            spec: { serviceAccountName: "cart" },
          },
        },
      },
    });
  });

  it("is nothing where nothing is there", () => {
    expect(partialsOf([label]).before).toBeUndefined();
    expect(partialsOf([inverse(label)]).after).toBeUndefined();
  });

  it("holds of a list what comes or goes", () => {
    const item = { kind: "ServiceAccount", name: "cart", namespace: "shop" };
    const change: Change = { path: ["subjects", { match: item }], after: item };
    expect(partialsOf([change])).toEqual({ before: undefined, after: { subjects: [item] } });
    expect(partialsOf([inverse(change)])).toEqual({ before: { subjects: [item] }, after: undefined });
  });

  it("keeps list items apart by their keys", () => {
    const env = (name: string): Change => ({ path: ["env", { match: { name } }, "value"], after: name.toLowerCase() });
    expect(partialsOf([env("A"), env("B")]).after).toEqual({
      env: [
        { name: "A", value: "a" },
        { name: "B", value: "b" },
      ],
    });
  });
});

describe("what a server adds", () => {
  it("does not count, but what it changes does", () => {
    const wanted = { metadata: { name: "a", annotations: { x: "1" } }, list: [1, 2] };
    expect(includes({ ...wanted, status: {}, metadata: { ...wanted.metadata, uid: "u" } }, wanted)).toBe(true);
    expect(includes({ ...wanted, list: [1, 2, 3] }, wanted)).toBe(false);
    const secrets = (...names: string[]) => ({ imagePullSecrets: names.map(name => ({ name })) });
    expect(includes(secrets("all", "acr"), secrets("acr"))).toBe(true);
    expect(includes(secrets("all"), secrets("acr"))).toBe(false);
    expect(includes({}, secrets("acr"))).toBe(false);
    expect(includes({ ...wanted, metadata: { name: "a" } }, wanted)).toBe(false);
    expect(includes(undefined, wanted)).toBe(false);
  });
});

describe("with any objects and keys", () => {
  const key = fc.constantFrom("a", "b", "a/b", "~", "~1", "__proto__", "constructor", "", "é");
  const scalar = fc.oneof(fc.constantFrom("1", "2", "true", ""), fc.integer(), fc.boolean());
  /** Keys under which there are lists; theirs are told apart by `name` and `kind`, and have other fields too. */
  const listKey = fc.constantFrom("list", "/items", "__proto__s");
  const match = fc.record({ name: fc.constantFrom("x", "y", "z/~"), kind: fc.constantFrom("A", "B") });
  const { object: anyObject } = fc.letrec<{ object: JsonObject; value: Json; list: Json }>(tie => ({
    object: fc
      .tuple(
        fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
        fc.dictionary(listKey, tie("list"), { maxKeys: 2, noNullPrototype: true }),
      )
      .map(([fields, lists]) => withKeys({ ...lists, ...fields }, one => one)),
    value: fc.oneof({ maxDepth: 3 }, scalar, tie("object")),
    list: fc
      .uniqueArray(fc.tuple(match, fc.dictionary(key, scalar, { maxKeys: 2, noNullPrototype: true })), {
        maxLength: 4,
        selector: ([one]) => `${one.name} ${one.kind}`,
      })
      .map(items => items.map(([one, rest]) => ({ ...rest, ...one }))),
  }));
  const anyPath = fc
    .array(fc.oneof({ arbitrary: key, weight: 2 }, fc.tuple(listKey, match)), { minLength: 1, maxLength: 4 })
    .map((parts): Change["path"] =>
      parts.flatMap<Change["path"][number]>(part =>
        typeof part === "string" ? [part] : [part[0], { match: part[1] }],
      ),
    );

  /** Changes that fit the object: paths that do not lie on each other nor go through a value, with what is there as `before`. */
  const anyChanges = fc
    .tuple(
      anyObject,
      fc.array(fc.tuple(anyPath, fc.option(scalar, { nil: undefined })), { minLength: 1, maxLength: 4 }),
    )
    .map(([object, wanted]): { object: JsonObject; changes: Change[] } => {
      const changes: Change[] = [];
      for (const [path, after] of wanted) {
        const isClear = changes.every(one => !isPrefix(one.path, path) && !isPrefix(path, one.path));
        const isOpen = path.every((_, depth) => {
          const value = valueAt(object, path.slice(0, depth));
          return value === undefined || (typeof value === "object" && value !== null);
        });
        const before = valueAt(object, path);
        const last = path.at(-1);
        // What names a list item is part of it.
        const item = typeof last === "object" && after !== undefined ? { value: after, ...last.match } : after;
        if (!isClear || !isOpen || isEqual(before, item)) continue;
        changes.push({
          path,
          ...(before === undefined ? {} : { before }),
          ...(item === undefined ? {} : { after: item }),
        });
      }
      return { object, changes };
    });

  it("the patch gives exactly the new values, and nothing else", () => {
    fc.assert(
      fc.property(anyChanges, ({ object, changes }) => {
        const result = patched(object, patchOf(changes, object));
        for (const { path, after } of changes) expect(valueAt(result, path)).toEqual(after);
        expect(observeChanges(changes, result)).toBe("done");
        expect(observeChanges(changes, object)).toBe(changes.length === 0 ? "done" : "pending");
        expect(patchOf(changes, result)).toEqual([]);
      }),
    );
  });

  it("the inverse takes everything back but the maps that had to be made", () => {
    fc.assert(
      fc.property(anyChanges, ({ object, changes }) => {
        const there = patched(object, patchOf(changes, object));
        const undo = changes.map(inverse);
        const back = patched(there, patchOf(undo, there));
        for (const { path, before } of changes) expect(valueAt(back, path)).toEqual(before);
        expect(observeChanges(undo, back)).toBe("done");
        expect(undo.map(inverse)).toEqual(changes);
        expect(includesItems(back, object)).toBe(true);
      }),
    );
  });

  it("withChanges puts the new values where the patch puts them, and leaves its argument alone", () => {
    fc.assert(
      fc.property(anyChanges, ({ object, changes }) => {
        const copy = structuredClone(object);
        const result = withChanges(object, changes);
        expect(isEqual(result, patched(object, patchOf(changes, object)))).toBe(true);
        expect(isEqual(object, copy)).toBe(true);
      }),
    );
  });

  it("the two sides of a diff hold the old and the new values", () => {
    fc.assert(
      fc.property(anyChanges, ({ changes }) => {
        const { before, after } = partialsOf(changes);
        for (const change of changes) {
          expect(valueAt(before, change.path)).toEqual(change.before);
          expect(valueAt(after, change.path)).toEqual(change.after);
        }
      }),
    );
  });

  it("no key reaches the prototype of all objects", () => {
    const hostile: Change[] = [{ path: ["metadata", "labels", "__proto__", "polluted"], after: "yes" }];
    const result = withChanges({ metadata: {} }, hostile);
    expect(Object.getPrototypeOf({})).not.toHaveProperty("polluted");
    expect(valueAt(result, ["metadata", "labels", "__proto__", "polluted"])).toBe("yes");
    expect(valueAt({}, ["constructor", "name"])).toBeUndefined();
    expect(patchOf(hostile, { metadata: { labels: {} } }).slice(0, 2)).toEqual([
      { op: "test", path: "/metadata/labels/__proto__", value: null },
      { op: "add", path: "/metadata/labels/__proto__", value: {} },
    ]);
  });
});

function isPrefix(short: Change["path"], long: Change["path"]): boolean {
  return short.every((part, index) => isEqual(part, long[index]));
}

/** Whether everything is there, lists in whatever order: an item that was taken out comes back at the end. */
function includesItems(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(seen) && wanted.every(item => seen.some(one => includesItems(one, item)));
  if (typeof wanted !== "object" || wanted === null) return isEqual(seen, wanted);
  return Object.entries(wanted).every(
    ([key, value]) => typeof seen === "object" && seen !== null && includesItems(valueAt(seen, [key]), value),
  );
}
