import { CommandError } from "../core/errors.ts";
import { type ExchangePace, shortestProofSeconds } from "../core/exchange/exchangeSchedule.ts";
import { durationMilliseconds } from "./duration.ts";

/** In seconds. */
export interface ExchangeFlags {
  exchangeInterval?: number;
  exchangeTimeout?: number;
}

/** How often a token has to be exchanged for `purpose`: before pods restart more than once, to look at what is there once. */
const successes = { apply: 3, verify: 1 } as const;

/**
 * When tokens are exchanged, as flags or else variables say.
 *
 * @throws CommandError for a variable that is no duration, and where the limit leaves no time for a proof
 */
export function exchangePace(
  flags: ExchangeFlags,
  env: NodeJS.ProcessEnv,
  purpose: keyof typeof successes,
): ExchangePace {
  const pace: ExchangePace = {
    intervalSeconds: flags.exchangeInterval ?? secondsOf(env, "AZWI_MIGRATE_EXCHANGE_INTERVAL") ?? 60,
    timeoutSeconds: flags.exchangeTimeout ?? secondsOf(env, "AZWI_MIGRATE_EXCHANGE_TIMEOUT") ?? 600,
    successes: successes[purpose],
  };
  const shortest = purpose === "apply" ? shortestProofSeconds(pace) : 0;
  if (pace.timeoutSeconds >= shortest) return pace;
  throw new CommandError(
    `--exchange-timeout is ${pace.timeoutSeconds} s, but a proof takes ${shortest} s: ${pace.successes} exchanges, each after ${pace.intervalSeconds} s`,
    { hint: "Give it more time, or a shorter --exchange-interval." },
  );
}

function secondsOf(env: NodeJS.ProcessEnv, variable: string): number | undefined {
  const text = env[variable];
  if (!text) return undefined;
  const milliseconds = durationMilliseconds(text);
  if (milliseconds !== undefined) return milliseconds / 1000;
  throw new CommandError(
    `The variable ${variable} is ${JSON.stringify(text)}: write it as 30s, 2m or 1m30s, up to 24 days`,
  );
}
