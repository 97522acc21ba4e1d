import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
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
  /** Kills the process and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Where a component may keep data; removed when it ends. */
export function dataFolder(folder: string, command: string): string {
  return join(folder, basename(command));
}

/**
 * Starts a process in `folder` on a leash (see leash/main.go): it dies with this Node process, however that ends. Its
 * output goes to a log file beside its data.
 */
export async function startComponent(
  leash: string,
  folder: string,
  specification: ComponentSpecification,
): Promise<Component> {
  const { command, args, env } = specification;
  const data = dataFolder(folder, command);
  await mkdir(data, { recursive: true });
  const logPath = `${data}.log`;
  const log = await open(logPath, "w");
  // Detached: Ctrl-C in a terminal must reach the tests alone, which then let go of the leash.
  const child = spawn(leash, [data, command, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["pipe", log.fd, log.fd],
    detached: true,
  });
  const exited = once(child, "exit");
  await once(child, "spawn");
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
