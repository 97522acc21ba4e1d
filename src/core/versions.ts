/**
 * Whether a version is at least another, by its three numbers; undefined where it has none to compare, as a branch's or a digest's
 * tag. A pre-release counts as its release.
 */
export function isVersionAtLeast(version: string | undefined, since: string): boolean | undefined {
  const release = releaseOf(version);
  return release && isAtLeast(release, releaseOf(since) ?? []);
}

function releaseOf(version: string | undefined): number[] | undefined {
  const pattern = /^v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?![\d.])/;
  const [, major, minor, patch = "0"] = pattern.exec(version ?? "") ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function isAtLeast(release: readonly number[], since: readonly number[]): boolean {
  for (const [index, number] of since.entries()) {
    const own = release[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
