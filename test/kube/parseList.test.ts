import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseList } from "../../src/kube/parseList.ts";

const parsed = (text: string) => {
  const list = parseList(Buffer.from(text));
  return list && { metadata: list.metadata, items: [...list.items] };
};

const metadata = { resourceVersion: "7", continue: "t" };
const pod = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest });
/** As the API server writes lists of built-in kinds, and of custom resources, whose keys it sorts. */
const builtIn = (items: unknown[]) => JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata, items });
const custom = (items: unknown[]) => JSON.stringify({ apiVersion: "a/v1", items, kind: "AList", metadata });

describe("a list of Kubernetes", () => {
  it("is read as JSON would be, item by item", () => {
    const items = [pod("a"), pod("b", { spec: { text: '"},{"metadata":{"name":"no"}}' } }), pod("ü")];
    expect(parsed(builtIn(items))).toEqual({ metadata, items });
    expect(parsed(`${custom(items)}\n`)).toEqual({ metadata, items });
  });

  it("is read whatever its items hold", () => {
    const inner = fc.oneof(fc.constantFrom('},{"metadata"', "}]}", '}],"kind":"', '"items":[{"'), fc.jsonValue());
    const item = fc.record({ metadata: fc.record({ name: fc.string(), more: inner }), items: fc.array(inner) });
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(builtIn, custom), (items, write) => {
        const text = write(items);
        expect(parsed(text)).toEqual({ metadata, items: JSON.parse(text).items });
      }),
    );
  });

  it("is read where an item holds objects that begin as items do", () => {
    const claims = { spec: { volumeClaimTemplates: [pod("data"), pod("logs")] } };
    const items = [pod("a"), pod("b", claims), pod("c", claims), pod("d")];
    expect(parsed(builtIn(items))).toEqual({ metadata, items });
  });

  it("is read where a gateway writes it otherwise", () => {
    const list = { items: [pod("a"), pod("b")], metadata };
    expect(parsed(JSON.stringify(list, null, 2))).toEqual(list);
    expect(parsed(JSON.stringify({ ...list, items: [] }))).toEqual({ metadata, items: [] });
    expect(parsed(JSON.stringify({ spec: list, ...list }))).toEqual(list);
  });

  it("is none without items", () => {
    expect(parsed("{}")).toBeUndefined();
    expect(parsed("[]")).toBeUndefined();
    expect(parsed(JSON.stringify({ spec: { items: [{}] } }))).toBeUndefined();
  });

  it("is none that is cut off", () => {
    const text = builtIn([pod("a"), pod("b")]);
    for (const length of [1, 20, text.length - 3, text.length - 1]) {
      expect(() => parsed(text.slice(0, length))).toThrow(SyntaxError);
    }
  });
});
