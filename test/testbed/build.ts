import { buildTestbed } from "./buildTestbed.ts";

try {
  await buildTestbed(line => process.stdout.write(`${line}\n`));
  process.stdout.write("The testbed is ready.\n");
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
