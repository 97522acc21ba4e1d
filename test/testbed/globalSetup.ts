import { buildTestbed } from "./buildTestbed.ts";
import { runsInContinuousIntegration } from "./require.ts";

/** Vitest's global setup: where `CI` is set, what is missing of the testbed is built before the first test. */
export default async function setup(): Promise<void> {
  if (runsInContinuousIntegration()) await buildTestbed(line => process.stdout.write(`${line}\n`));
}
