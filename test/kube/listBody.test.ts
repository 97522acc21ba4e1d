import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ListBody } from "../../src/kube/listBody.ts";
import { withoutFieldsV1 } from "../../src/kube/withoutFieldsV1.ts";

/** What is made of a text that arrives in pieces of these sizes, the last of which is repeated. */
function parsed(text: string, sizes: readonly number[] = [text.length]) {
  const items: unknown[] = [];
  const body = new ListBody(item => items.push(item), { without: "fieldsV1" });
  for (const piece of piecesOf(Buffer.from(text), sizes)) body.write(piece);
  const end = body.end();
  return end && { ...end, items };
}

function* piecesOf(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let from = 0, index = 0; from < bytes.length; index++) {
    const until = from + (sizes[index] ?? sizes.at(-1) ?? bytes.length);
    yield bytes.subarray(from, until);
    from = until;
  }
}

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
    const managed = { manager: "kubectl", fieldsType: "FieldsV1", fieldsV1: { "f:spec": { "f:selector": {} } } };
    const inner = fc.oneof(
      fc.constant([managed]),
      fc.constantFrom('},{"metadata"', "}]}", '}],"kind":"', '"items":[{"'),
      fc.jsonValue(),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 });
    const item = fc.record({ metadata: fc.record({ name: fc.string(), more: inner }), items: fc.array(inner) });
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(builtIn, custom), sizes, (items, write, pieces) => {
        const text = write(items);
        const expected = JSON.parse(withoutFieldsV1(Buffer.from(text)).toString());
        expect(parsed(text, pieces)).toEqual({ metadata, items: expected.items });
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
    const many = { items: Array.from({ length: 3000 }, (_, index) => pod(`p${index}`)), metadata };
    expect(parsed(JSON.stringify(many, null, 2), [10_000])).toEqual(many);
    expect(parsed(JSON.stringify({ ...list, items: [] }))).toEqual({ metadata, items: [] });
    expect(parsed(JSON.stringify({ spec: list, ...list }))).toEqual(list);
  });

  it("is taken item by item while it arrives, and tells its metadata before them", () => {
    const seen: unknown[] = [];
    const body = new ListBody(item => seen.push(item), { ahead: told => seen.push(told) });
    const text = builtIn([pod("a"), pod("b"), pod("c")]);
    const half = text.indexOf('{"metadata":{"name":"c"');
    body.write(Buffer.from(text.slice(0, half + 20)));
    expect(seen).toEqual([metadata, pod("a"), pod("b")]);
    body.write(Buffer.from(text.slice(half + 20)));
    expect(body.end()).toEqual({ metadata });
    expect(seen).toEqual([metadata, pod("a"), pod("b"), pod("c")]);
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
