import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const module = fileURLToPath(new URL("../../src/sandbox/signingKey.ts", import.meta.url));

/** With garbage collection at every turn, where a key of `generateKeyPairSync` blocks the process within a second. */
const program = `
  import { createPublicKey } from "node:crypto";
  import { newSigningKey } from ${JSON.stringify(module)};
  for (let made = 0; made < 4; made++) {
    const key = newSigningKey();
    for (let exported = 0; exported < 2000; exported++) createPublicKey(key).export({ format: "jwk" });
  }
  console.log("exported");
`;

test("a new signing key can be exported while garbage is collected", async () => {
  const args = ["--gc-interval=300", "--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000, killSignal: "SIGKILL" });
  expect(stdout).toBe("exported\n");
});
