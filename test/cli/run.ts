import { type ChildProcess, spawn } from "node:child_process";
import { accessSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

/** The bundle as users start it; the variable names another one, for instance that of an installed package. */
export const executable =
  process.env.AZWI_MIGRATE_EXECUTABLE ?? fileURLToPath(new URL("../../bin/azwi-migrate.js", import.meta.url));
const bundle = new URL("../../dist/main.js", import.meta.url);

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** What standard input holds, nothing when left out; `open` stays without an end. */
  input?: string | "open";
}

export interface Ended {
  /** The exit code, or the signal that ended it. */
  code: number | NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A started azwi-migrate. */
export interface Started {
  child: ChildProcess;
  /** Resolves once standard error has shown this; rejects when the process ends without it. */
  saying(words: string): Promise<void>;
  ended: Promise<Ended>;
}

/**
 * An environment in which nothing of this machine is seen: no kubeconfig, no program on the PATH, no Azure sign-in but by
 * variables, no network.
 */
const closedEnvironment = {
  PATH: "/nowhere",
  HOME: `${tmpdir()}/azwi-migrate-nobody`,
  AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1,localhost",
};

/** Starts the executable; the child ends with the test process at the latest. */
export function start(args: readonly string[], { cwd = tmpdir(), env = {}, input = "" }: RunOptions = {}): Started {
  if (process.env.AZWI_MIGRATE_EXECUTABLE === undefined) accessSync(bundle); // Not there: node build.js makes it.
  const child = spawn(process.execPath, [executable, ...args], { cwd, env: { ...closedEnvironment, ...env } });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", chunk => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", chunk => {
    stderr += chunk;
  });
  // A program that does not read its input closes it early.
  child.stdin.on("error", () => undefined);
  if (input !== "open") child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      process.off("exit", kill);
      resolve({ code: code ?? signal, stdout, stderr });
    });
  });
  const saying = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(words)) resolve();
      };
      child.stderr.on("data", look);
      look();
      child.once("close", () => reject(new Error(`ended without saying "${words}":\n${stdout}\n${stderr}`)));
    });
  return { child, saying, ended };
}

/** Runs the executable to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}
