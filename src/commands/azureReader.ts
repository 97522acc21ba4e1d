import { CommandError } from "../core/errors.ts";
import { ApiError } from "../core/ports.ts";
import { type Patience, retrying } from "../engine/retry.ts";
import { textBlock } from "../output/escape.ts";
import type { Io, MappingFlags, World } from "./io.ts";

/** Why something could not be read, in a sentence without its full stop; `refused` where Azure itself said no. */
export interface Unread {
  failed: string;
  refused?: true;
}

/** Reads from Azure with patience, until it turns out that nobody is signed in: that is told once, and nothing is tried after it. */
export interface AzureReader {
  read<T>(call: () => Promise<T>): Promise<{ value: T } | Unread>;
  /** What `read` gives for an error; throws what is no failure of Azure. */
  failure(error: unknown): Unread;
  isSignedOut(): boolean;
}

export function azureReader(world: World, io: Io, { quiet }: Pick<MappingFlags, "quiet">): AzureReader {
  const patience: Patience = { ...world, signal: io.signal };
  let signedOut: Unread | undefined;
  const failure = (error: unknown): Unread => {
    const isSignIn = error instanceof CommandError && error.name === "AzureSignInError";
    if (!(isSignIn || error instanceof ApiError)) throw error;
    // A finding has room for one sentence.
    const failed = (error.message.split("\n")[0] ?? "").replace(/[.:]\s*$/, "");
    if (isSignIn && signedOut === undefined) {
      const { hint = "" } = error;
      if (!quiet) io.say(`warning: ${textBlock([error.message, hint].filter(Boolean).join("\n"))}`);
      signedOut = { failed };
    }
    return error instanceof ApiError && error.status !== undefined ? { failed, refused: true } : { failed };
  };
  return {
    failure,
    isSignedOut: () => signedOut !== undefined,
    async read(call) {
      if (signedOut) return signedOut;
      try {
        return { value: await retrying(call, patience, { unanswered: 3 }) };
      } catch (error) {
        return failure(error);
      }
    },
  };
}
