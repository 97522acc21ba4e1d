import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withBuildLock } from "./buildLock.ts";

const nobody = () => expect.unreachable("nobody is there to wait for");

describe("the build lock", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "azwi-migrate-lock-"));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("lets the second wait for the first, says for whom, and leaves nothing behind", async () => {
    const path = join(folder, "lock");
    const seen: string[] = [];
    const second = (secondWaits: () => void) => {
      const waiting = (pid: number) => {
        seen.push(pid === process.pid ? "second waits for this process" : "second waits for another");
        secondWaits();
      };
      return withBuildLock(path, waiting, async () => seen.push("second built"));
    };
    const running = await withBuildLock(path, nobody, async () => {
      let started: Promise<number> | undefined;
      await new Promise<void>(secondWaits => {
        started = second(secondWaits);
      });
      seen.push("first built");
      return { second: started };
    });
    await running.second;
    expect(seen).toEqual(["second waits for this process", "first built", "second built"]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("takes over from a process that has ended", async () => {
    const path = join(folder, "lock");
    await writeFile(path, execFileSync("sh", ["-c", "echo $$"]));
    expect(await withBuildLock(path, nobody, async () => "built")).toBe("built");
  });

  it("is free again after a failure", async () => {
    const path = join(folder, "lock");
    const failing = withBuildLock(path, nobody, () => Promise.reject(new Error("no Go")));
    await expect(failing).rejects.toThrow("no Go");
    expect(await readdir(folder)).toEqual([]);
  });
});
