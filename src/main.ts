import { once, setMaxListeners } from "node:events";
import { main } from "./cli.ts";
import type { Io } from "./commands/io.ts";
import { statusLine } from "./commands/statusLine.ts";
import { realWorld } from "./commands/world.ts";

/** The process as commands see it. The exit code is set here and nowhere else. */
const interrupt = new AbortController();
// Everybody who waits listens to it; Node warns of more than ten.
setMaxListeners(0, interrupt.signal);
process.on("SIGINT", () => {
  // The first one lets the write in flight end; the second is meant.
  if (interrupt.signal.aborted) {
    line.show(undefined);
    process.exit(130);
  }
  interrupt.abort(new Error("interrupted"));
});
process.on("SIGTERM", () => interrupt.abort(new Error("terminated")));
// Who waits for standard input waits no longer.
interrupt.signal.addEventListener("abort", () => process.stdin.destroy());
// A reader that has seen enough (`| head`) is no error; nothing is a reason to leave a run half done.
let isLost = false;
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (isLost || code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return;
  isLost = true;
  process.exitCode = 1;
  process.stderr.write(`error: standard output cannot be written: ${message}\n`);
});
// Nobody could be told of it.
process.stderr.on("error", () => undefined);

const { env } = process;
const line = statusLine(process.stderr);
const argv = process.argv.slice(2);
const io: Io = {
  stdin: process.stdin,
  print: text => line.above(() => process.stdout.write(`${text}\n`)),
  taken,
  say: text => line.above(() => process.stderr.write(`${text}\n`)),
  ...(process.stderr.isTTY && env.TERM !== "dumb" ? { status: line.show } : {}),
  env,
  cwd: process.cwd(),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  // Asked anew for every line: a run takes long enough to change a window's size.
  get sayColumns() {
    return process.stderr.isTTY ? process.stderr.columns : undefined;
  },
  colors: wantsColors(),
  signal: interrupt.signal,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { confirm, choose } : {}),
};

/** NO_COLOR, FORCE_COLOR and TERM=dumb as https://no-color.org and its kin have it. */
function wantsColors(): boolean {
  if (argv.includes("--no-color") || env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  return process.stdout.isTTY === true && env.TERM !== "dumb";
}

async function taken(signal: AbortSignal | undefined): Promise<void> {
  const { stdout } = process;
  if (!stdout.writableNeedDrain) return;
  const end = new AbortController();
  const until = { signal: signal ? AbortSignal.any([end.signal, signal]) : end.signal };
  // What cannot be written any more is told where it fails.
  await Promise.race([once(stdout, "drain", until), once(stdout, "close", until)]).catch(() => undefined);
  end.abort();
}

async function confirm(message: string): Promise<boolean> {
  return (await ask({ type: "confirm", message, default: false })) === true;
}

async function choose(message: string, choices: readonly string[]): Promise<string> {
  return String(await ask({ type: "select", message, choices: [...choices], loop: false }));
}

type Prompt =
  | { type: "confirm"; message: string; default: boolean }
  | { type: "select"; message: string; choices: string[]; loop: boolean };

async function ask(question: Prompt): Promise<unknown> {
  const { default: inquirer } = await import("inquirer");
  try {
    const prompt = inquirer.createPromptModule({ output: process.stderr });
    const { answer } = await prompt([{ ...question, name: "answer" }]);
    return answer;
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") interrupt.abort(error);
    throw error;
  }
}

const exitCode = await main(argv, io, realWorld(env, interrupt.signal));
process.exitCode = isLost ? 1 : exitCode;
