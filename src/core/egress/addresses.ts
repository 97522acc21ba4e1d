/** Sets of IPv4 addresses, as ranges from first to last, in order and apart from each other. */
export type Addresses = readonly (readonly [first: number, last: number])[];

/** The addresses of an IPv4 CIDR; undefined for what is none (IPv6 too: clients take IPv4 where it is there). */
export function cidr(text: unknown): Addresses | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(
    typeof text === "string" ? text : "",
  );
  if (!match) return undefined;
  const bytes = match.slice(1, 5).map(Number);
  const bits = Number(match[5] ?? 32);
  if (bits > 32 || bytes.some(byte => byte > 255)) return undefined;
  const size = 2 ** (32 - bits);
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = address - (address % size);
  return [[first, first + size - 1]];
}

export function union(sets: readonly Addresses[]): Addresses {
  const joined: [number, number][] = [];
  for (const [first, last] of sets.flat().sort((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

export function without(set: Addresses, taken: Addresses): Addresses {
  let left: Addresses = set;
  for (const [first, last] of taken) {
    left = left.flatMap(([from, to]) =>
      last < from || first > to
        ? [[from, to] as const]
        : [[from, first - 1] as const, [last + 1, to] as const].filter(([a, b]) => a <= b),
    );
  }
  return left;
}

/** Whether every wanted address is in the set. */
export function covers(set: Addresses, wanted: Addresses): boolean {
  return without(wanted, set).length === 0;
}

export function overlaps(a: Addresses, b: Addresses): boolean {
  return a.some(([first, last]) => b.some(([from, to]) => first <= to && from <= last));
}

/** The addresses that blocks with `cidr` and `except` allow together, as NetworkPolicy and CiliumNetworkPolicy write them. */
export function blocksOf(blocks: readonly { cidr: unknown; except: readonly unknown[] }[]): Addresses {
  return union(
    blocks.map(block => without(cidr(block.cidr) ?? [], union(block.except.flatMap(one => [cidr(one) ?? []])))),
  );
}
