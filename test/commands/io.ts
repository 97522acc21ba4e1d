import type { Io } from "../../src/commands/io.ts";

/** A process that nobody watches and nobody can be asked in. */
export function silentIo(overrides: Partial<Io> = {}): Io {
  return {
    stdin: process.stdin,
    print: () => undefined,
    say: () => undefined,
    env: {},
    cwd: "/nowhere",
    columns: undefined,
    colors: false,
    signal: new AbortController().signal,
    ...overrides,
  };
}
