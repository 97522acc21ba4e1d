import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bin/azwi-migrate.js", import.meta.url));
const bundle = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface CliResult {
  /** The exit code; null where a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  result: Promise<CliResult>;
  /** Ends it at once: nothing of its own runs any more. */
  kill(): void;
}

/** Starts the built program as a process of its own, which sees this environment and no other. */
export function startCli(args: readonly string[], options: { env: Record<string, string>; cwd: string }): RunningCli {
  if (!existsSync(bundle)) throw new Error("The program is not built. Run: npm run build");
  const child = spawn(process.execPath, [program, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", chunk => {
      output[name] += chunk;
    });
  }
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => resolve({ code, ...output }));
  });
  return { result, kill: () => void child.kill("SIGKILL") };
}
