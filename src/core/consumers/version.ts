/**
 * Whether a version is older than another: by its three numbers. Undefined where it has none, as a branch's or a digest's tag.
 * A pre-release counts as its release.
 */
export function isOlder(version: string, than: string): boolean | undefined {
  const [a, b] = [numbersOf(version), numbersOf(than)];
  if (!a || !b) return undefined;
  const index = a.findIndex((part, at) => part !== b[at]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}

function numbersOf(version: string): [number, number, number] | undefined {
  const [whole, major, minor, patch] = /^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![.\d])/.exec(version) ?? [];
  return whole === undefined ? undefined : [Number(major), Number(minor), Number(patch ?? 0)];
}
