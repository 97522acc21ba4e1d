import { CommandError } from "../core/errors.ts";
import { type ExchangePace, shortestProofSeconds } from "../core/exchangeSchedule.ts";

/** In seconds. */
export interface ExchangeFlags {
  exchangeInterval?: number;
  exchangeTimeout?: number;
}

export const exchangeDefaults = { exchangeInterval: 60, exchangeTimeout: 600 } as const;

/** How often a token has to be exchanged for `purpose`: before pods restart more than once, to look at what is there once. */
const successes = { apply: 3, verify: 1 } as const;

/**
 * When tokens are exchanged, as the flags say.
 *
 * @throws CommandError where the limit leaves no time for a proof
 */
export function exchangePace(flags: ExchangeFlags, purpose: keyof typeof successes): ExchangePace {
  const { exchangeInterval, exchangeTimeout } = { ...exchangeDefaults, ...flags };
  const pace = {
    intervalSeconds: exchangeInterval,
    timeoutSeconds: exchangeTimeout,
    successes: successes[purpose],
  };
  const shortest = purpose === "apply" ? shortestProofSeconds(pace) : 0;
  if (exchangeTimeout >= shortest) return pace;
  throw new CommandError(
    `--exchange-timeout is ${exchangeTimeout} s, but a proof takes ${shortest} s: one wait and ${pace.successes} exchanges, ${exchangeInterval} s apart`,
    { hint: "Give it more time, or a shorter --exchange-interval." },
  );
}
