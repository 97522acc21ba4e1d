import { type LocatedTestbed, locateTestbed } from "./locate.ts";

/** True where a missing testbed has to be built rather than its tests skipped. */
export function runsInContinuousIntegration(): boolean {
  return Boolean(process.env.CI) && process.env.CI !== "false";
}

/**
 * The located testbed for tests that need the real control plane, or undefined, after a loud line that names the command,
 * where it has not been built: `describe.skipIf(testbedOrSkip() === undefined)`. Throws where `CI` is set, since the
 * global setup has built it there and a skip would hide that it did not.
 */
export function testbedOrSkip(): LocatedTestbed | undefined {
  const located = locateTestbed();
  if (!("missing" in located)) return located;
  const problem = `the real control plane is not built (missing: ${located.missing.join(", ")})`;
  if (runsInContinuousIntegration()) throw new Error(`CI is set, but ${problem}. Run: npm run testbed`);
  process.stderr.write(`\nSKIPPED: ${problem}. Run: npm run testbed\n\n`);
  return undefined;
}
