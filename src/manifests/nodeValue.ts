import { isAlias, isMap, isScalar, isSeq, type Pair, Scalar } from "yaml";

/** What kubectl refuses although it is well-formed YAML, or what is meant to take all memory; `offset` is where. */
export class ValueError extends Error {
  override name = "ValueError";
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const deepest = 200;
const mostByAliases = 1_000_000;

/**
 * The values of a document's nodes as goyaml.v2 decodes them (decode.go): an alias means the last anchor of its name before it, `<<` sets
 * keys where it stands, the last of two equal keys wins. Values behind aliases are shared. Throws a `ValueError`.
 *
 * Not the library's own `toJS`, which looks through the whole document for each alias inside of an anchor.
 */
export function nodeValue(root: unknown): unknown {
  return new Values().of(root, 0);
}

interface Anchor {
  value: unknown;
  size: number;
  height: number;
}

class Values {
  readonly #anchors = new Map<string, Anchor>();
  #size = 0;
  #byAliases = 0;
  #bottom = 0;

  of(node: unknown, depth: number): unknown {
    this.#size += 1;
    if (depth > this.#bottom) this.#bottom = depth;
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value: node.value, size: 1, height: 0 });
      return node.value;
    }
    if (depth > deepest) throw new ValueError("nested too deeply", startOf(node));
    if (isAlias(node)) return this.#alias(node.source, depth, startOf(node));
    const anchor = isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor === undefined) return this.#collection(node, depth);
    const [size, bottom] = [this.#size, this.#bottom];
    this.#bottom = depth;
    const value = this.#collection(node, depth);
    this.#anchors.set(anchor, { value, size: this.#size - size + 1, height: this.#bottom - depth });
    this.#bottom = Math.max(bottom, this.#bottom);
    return value;
  }

  #alias(name: string, depth: number, offset: number): unknown {
    const anchor = this.#anchors.get(name);
    if (!anchor) throw new ValueError("an alias to an anchor that is not before it", offset);
    this.#size += anchor.size;
    this.#byAliases += anchor.size;
    this.#bottom = Math.max(this.#bottom, depth + anchor.height);
    if (this.#byAliases > mostByAliases) {
      throw new ValueError("too many aliases: it would grow beyond all bounds when read", offset);
    }
    if (depth + anchor.height > deepest) throw new ValueError("nested too deeply", offset);
    return anchor.value;
  }

  #collection(node: unknown, depth: number): unknown {
    if (isSeq(node)) return node.items.map(item => this.of(item, depth + 1));
    const map: Record<string, unknown> = {};
    if (isMap(node)) for (const pair of node.items) this.#pair(map, pair, depth);
    // What is neither is an absent value.
    return isMap(node) ? map : null;
  }

  #pair(map: Record<string, unknown>, { key, value }: Pair, depth: number): void {
    if (isScalar(key) && key.value === "<<" && key.type === Scalar.PLAIN) {
      this.#merge(map, this.of(value, depth + 1), startOf(key));
      return;
    }
    const name = this.of(key, depth + 1);
    if (typeof name === "object" && name !== null) throw new ValueError("a map or a list as a key", startOf(key));
    set(map, String(name), this.of(value, depth + 1));
  }

  #merge(map: Record<string, unknown>, merged: unknown, offset: number): void {
    // Earlier items take precedence over later ones.
    for (const source of Array.isArray(merged) ? merged.toReversed() : [merged]) {
      if (typeof source !== "object" || source === null || Array.isArray(source)) {
        throw new ValueError("<< merges maps only", offset);
      }
      for (const [key, value] of Object.entries(source)) set(map, key, value);
    }
  }
}

/** An assignment to `__proto__` would set the prototype instead of a key. */
function set(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") map[key] = value;
  else Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}

function startOf(node: unknown): number {
  const isNode = isScalar(node) || isAlias(node) || isMap(node) || isSeq(node);
  return isNode ? (node.range?.[0] ?? 0) : 0;
}
