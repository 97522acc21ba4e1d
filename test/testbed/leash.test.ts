import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { poll } from "./poll.ts";
import { testbedOrSkip } from "./require.ts";

const located = testbedOrSkip();

/** A Node program that starts a command on a leash, as a test run does, and prints the command's process id. */
const holder = `
  import { spawn } from "node:child_process";
  const [leash, folder] = process.argv.slice(1);
  const child = spawn(leash, [folder, "sh", "-c", "echo $$; exec sleep 600"], { stdio: ["pipe", "inherit", "inherit"] });
`;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(located === undefined)("the leash", () => {
  it("ends the command and removes the folder when the test process is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "azwi-migrate-leash-"));
    const program = ["--input-type=module", "-e", holder, located?.binaries.leash ?? "", folder];
    const holding = spawn(process.execPath, program, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(holding.stdout), "line")) as [string];
    const pid = Number(line);
    const before = { command: isRunning(pid), folder: existsSync(folder) };
    holding.kill("SIGKILL");
    const gone = async () => (isRunning(pid) || existsSync(folder) ? undefined : "gone");
    expect(before).toEqual({ command: true, folder: true });
    expect(await poll(gone, { what: "the command and its folder are gone", timeoutMilliseconds: 10_000 })).toBe("gone");
  });
});
