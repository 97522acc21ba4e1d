import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { poll } from "./poll.ts";

/** One process of the testbed and how to see that it serves. */
export interface ComponentSpecification {
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  ready: () => Promise<boolean>;
}

/** A started process of the testbed. */
export interface Component {
  /** Resolves when the process serves; throws with the end of its log when it ends first or does not serve in time. */
  ready(): Promise<void>;
  /** Kills the process and resolves when it is gone; removes the folder too. */
  stop(): Promise<void>;
}

/**
 * Starts a process in `folder` on a leash (see leash/main.go): it dies with this Node process, however that ends, and the
 * folder with it. Its output goes to a log file in the folder.
 */
export async function startComponent(
  leash: string,
  folder: string,
  specification: ComponentSpecification,
): Promise<Component> {
  const { command, args, env } = specification;
  const logPath = join(folder, `${basename(command)}.log`);
  const log = await open(logPath, "w");
  // Detached: Ctrl-C in a terminal must reach the tests alone, which then let go of the leash.
  const child = spawn(leash, [folder, command, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["pipe", log.fd, log.fd],
    detached: true,
  });
  await once(child, "spawn");
  const exited = once(child, "exit");
  await log.close();
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const logEnd = async () => (await readFile(logPath, "utf8")).trimEnd().split("\n").slice(-15).join("\n");

  return {
    async ready() {
      const probe = async () => {
        if (!isRunning()) throw new Error("the process has ended");
        return (await specification.ready()) ? true : undefined;
      };
      try {
        await poll(probe, { what: "waiting until it serves", timeoutMilliseconds: 120_000 });
      } catch (error) {
        throw new Error(`${basename(command)} did not start. Its log ends with:\n${await logEnd()}`, { cause: error });
      }
    },
    async stop() {
      child.stdin?.end();
      await exited;
    },
  };
}
