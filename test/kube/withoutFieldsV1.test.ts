import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { watchedFields } from "../../src/core/owners/watchedFields.ts";
import { watchedIn, withoutFieldsV1 } from "../../src/kube/withoutFieldsV1.ts";

const cut = (value: unknown) => JSON.parse(withoutFieldsV1(Buffer.from(JSON.stringify(value))).toString("utf8"));

/** In the order of the API server's struct. */
const entry = (manager: string, fieldsV1: unknown) => ({
  manager,
  operation: "Update",
  apiVersion: "apps/v1",
  time: "2026-01-01T00:00:00Z",
  fieldsType: "FieldsV1",
  fieldsV1,
});

const withoutFields = ({ fieldsV1: _cut, ...rest }: ReturnType<typeof entry>) => rest;

describe("cutting field sets out of an answer", () => {
  it("keeps the managers and everything around them", () => {
    const fields = { "f:metadata": { "f:labels": { ".": {}, 'k:{"name":"a}"}': {} } }, "f:spec": {} };
    const item = (name: string, entries: object[]) => ({
      metadata: { name, managedFields: entries, labels: { shop: "ü }{" } },
      spec: { note: "stays" },
    });
    const entries = [entry("helm", fields), { ...entry("kubelet", {}), subresource: "status" }];
    expect(cut({ kind: "PodList", items: [item("a", entries), item("b", []), item("c", entries)] })).toEqual({
      kind: "PodList",
      items: [item("a", entries.map(withoutFields)), item("b", []), item("c", entries.map(withoutFields))],
    });
  });

  it("leaves an answer without them as it is", () => {
    const answer = { items: [{ metadata: { name: "a", annotations: { text: "fieldsV1" } } }] };
    expect(cut(answer)).toEqual(answer);
  });

  it("takes no text inside a string for the field", () => {
    const manifest = JSON.stringify({ managedFields: [entry("kubectl", { "f:spec": {} })] });
    const answer = {
      annotations: { manifest, twice: JSON.stringify(manifest), end: ',"fieldsType":"FieldsV1","fieldsV1":{' },
    };
    expect(cut(answer)).toEqual(answer);
  });

  it("gives what leaving the field out of the parsed answer gives, whatever the objects hold", () => {
    const fields = fc.dictionary(fc.string(), fc.jsonValue());
    const managed = fc.array(fc.tuple(fc.string(), fields).map(([manager, set]) => entry(manager, set)));
    const items = fc.array(fc.record({ before: fc.jsonValue(), managedFields: managed, after: fc.jsonValue() }));
    fc.assert(
      fc.property(items, list => {
        const expected = list.map(item => ({ ...item, managedFields: item.managedFields.map(withoutFields) }));
        expect(cut(list)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});

describe("what remains of a field set", () => {
  const watched = (fieldsV1: unknown) => {
    const [{ managedFields = [] } = {}] = cut([{ managedFields: [entry("helm", fieldsV1)] }]);
    return { entry: managedFields[0], fields: watchedIn(managedFields[0]) };
  };
  /** FieldsV1 that holds these paths. */
  const fieldSet = (paths: readonly (readonly string[])[]) => {
    const root: Record<string, object> = {};
    for (const path of paths) {
      let at = root;
      for (const field of path) {
        at[`f:${field}`] ??= {};
        at = at[`f:${field}`] as Record<string, object>;
      }
    }
    return root;
  };

  it("is nothing where it has nothing that is watched", () => {
    expect(watched(fieldSet([["spec", "replicas"], ["spec", "template", "spec", "containers"], ["status"]]))).toEqual({
      entry: withoutFields(entry("helm", {})),
      fields: [],
    });
  });

  it.each(watchedFields.flatMap(({ name, paths }) => paths.map(path => [name, path] as const)))(
    "is %s for %j",
    (name, path) => {
      expect(watched(fieldSet([path, ["spec", "replicas"]])).fields).toEqual([name]);
    },
  );

  it("is the field of a template wherever templates are, and no field of another place by that name", () => {
    const elsewhere = [["template"], ["spec", "jobTemplate"], ["metadata"], ["spec"]].map(place => [
      ...place,
      ...["spec", "serviceAccountName"],
    ]);
    expect(watched(fieldSet(elsewhere)).fields).toEqual([]);
  });

  it("is the same whether it was cut out or parsed", () => {
    const key = fc.constantFrom(
      ...new Set(watchedFields.flatMap(({ paths }) => paths.flat()).map(field => `f:${field}`)),
      ...[".", "f:replicas", 'k:{"name":"f:spec"}', 'f:"{', "f:spec\\"],
    );
    const { tree } = fc.letrec(tie => ({
      tree: fc.dictionary(
        key,
        fc.oneof({ depthSize: "medium" }, fc.constant({}), tie("tree"), fc.jsonValue({ maxDepth: 2 })),
        { maxKeys: 6 },
      ),
    }));
    fc.assert(
      fc.property(tree, fields => {
        const parsed = JSON.parse(JSON.stringify(fields));
        expect(watched(parsed).fields).toEqual(watchedIn({ fieldsV1: parsed }));
      }),
      { numRuns: 500 },
    );
  });
});
