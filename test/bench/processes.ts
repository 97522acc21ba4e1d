import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

/** A command line with the environment it runs in; its standard output goes to /dev/null. */
export interface CommandLine {
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Milliseconds from the start of a process to its end. Throws, with what it said, when it fails. */
export async function wallTime(line: CommandLine): Promise<number> {
  const started = performance.now();
  await run(line);
  return performance.now() - started;
}

/** Milliseconds from the start of the first to the end of the last, all started at once. */
export async function wallTimeTogether(lines: readonly CommandLine[]): Promise<number> {
  const started = performance.now();
  await Promise.all(lines.map(line => run(line)));
  return performance.now() - started;
}

/** Milliseconds of one after the other. */
export async function wallTimeInTurn(lines: readonly CommandLine[]): Promise<number> {
  const started = performance.now();
  for (const line of lines) await run(line);
  return performance.now() - started;
}

/**
 * The most memory that a process had resident, in bytes: VmHWM of /proc, read until it ends, in a run of its own since the
 * reading costs time. Undefined where there is no such file (other systems than Linux).
 */
export async function peakMemory(line: CommandLine): Promise<number | undefined> {
  let peak: number | undefined;
  await run(line, pid => {
    const look = () => {
      peak = residentPeak(pid) ?? peak;
    };
    const timer = setInterval(look, 2);
    return () => clearInterval(timer);
  });
  return peak;
}

function residentPeak(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    // It has just ended, or this is no Linux.
    return undefined;
  }
}

async function run(line: CommandLine, watch?: (pid: number) => () => void): Promise<void> {
  const { command, args, env = process.env, cwd } = line;
  const child = spawn(command, args, {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = once(child, "close");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", text => {
    said += text;
  });
  const unwatch = child.pid === undefined ? undefined : watch?.(child.pid);
  try {
    const [code] = await ended;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${said.trim().slice(-2000)}`);
  } finally {
    unwatch?.();
  }
}
