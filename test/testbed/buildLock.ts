import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is there, under another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The process that holds the lock, or undefined when nobody does any more. */
async function holder(path: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(path, "utf8"));
    return isRunning(pid) ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function tryLock(path: string): Promise<"taken" | "free"> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    // A link appears with its content, so no reader ever sees a lock without a process in it.
    await link(own, path);
    return "free";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return "taken";
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Runs `work` while no other process on this machine runs work under the same lock file; `waiting` is called once when
 * another one has to be waited for. A lock whose process has ended is taken over. Two processes may take over at the same
 * moment and then both build: wasteful, not harmful, since every file is put in place by a rename.
 */
export async function withBuildLock<T>(
  path: string,
  waiting: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  let said = false;
  while ((await tryLock(path)) === "taken") {
    const pid = await holder(path);
    if (pid === undefined) {
      await rm(path, { force: true });
      continue;
    }
    if (!said) waiting(pid);
    said = true;
    await delay(500);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
