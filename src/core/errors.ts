/** Exit codes of CONTRACT: the class of an error gives the code. */
export const exitCodes = { ok: 0, failed: 1, pending: 2, blocked: 3, stale: 4, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error whose message is meant for the user: what happened, to which file, object or flag, and in `hint` what to do next.
 * Everything else that is thrown is a defect of this program.
 */
export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exitCode = options.exitCode ?? exitCodes.failed;
    this.hint = options.hint;
  }
}

/** What to do about an error, where it says so. */
export function hintIn(error: Error): string | undefined {
  return "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
}

/** The plan, or what it was made from, is not what it was: exit 4. */
export class StaleError extends CommandError {
  override name = "StaleError";
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: exitCodes.stale });
  }
}
