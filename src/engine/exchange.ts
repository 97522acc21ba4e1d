import pLimit from "p-limit";
import { CommandError } from "../core/errors.ts";
import type { ExchangeProof } from "../core/exchange/exchangeProof.ts";
import type { ExchangePace } from "../core/exchange/exchangeSchedule.ts";
import type { ExchangeSubject } from "../core/exchange/exchangeSubjects.ts";
import type { FederatedCredential } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { ExchangeAttempts, type ExchangePorts, type ListCredentials } from "./exchangeAttempts.ts";
import type { Driver } from "./ports.ts";

/** Exchanges at a time. */
const parallel = 8;

export interface ExchangeOptions {
  pace: ExchangePace;
  /** Principals that got a credential just now, with when the last one was written: milliseconds since the epoch. */
  written?: ReadonlyMap<string, number>;
}

/**
 * Shows tokens of service accounts to Entra, a fresh one each time, until every subject is proven, refuted or out of time.
 * Writes nothing, and keeps no token longer than the request that shows it. Proofs are in the order of `subjects`; an abort
 * leaves what is open as not checked.
 */
export async function proveExchanges(
  subjects: readonly ExchangeSubject[],
  ports: ExchangePorts,
  driver: Driver,
  { pace, written }: ExchangeOptions,
): Promise<ExchangeProof[]> {
  const { clock, signal } = ports;
  const startedAt = clock.now();
  const limit = pLimit(parallel);
  const proofs = new Map<ExchangeSubject, ExchangeProof>();
  let open = subjects.map(subject => {
    const writtenAt = written?.get(subject.trust.principal);
    return new ExchangeAttempts(subject, ports, { startedAt, writtenAt, pace });
  });
  for (;;) {
    open = open.filter(({ proof }) => {
      if (proof) {
        proofs.set(proof.subject, proof);
        driver.report({ event: "exchange-ended", proof });
      }
      return proof === undefined;
    });
    if (open.length === 0) return subjects.flatMap(subject => proofs.get(subject) ?? []);
    const at = open.reduce((earliest, { dueAt }) => Math.min(earliest, dueAt), Number.POSITIVE_INFINITY);
    const milliseconds = Math.max(0, at - clock.now());
    if (milliseconds > 0) {
      const message = open.find(one => one.lastRefusal !== undefined)?.lastRefusal;
      driver.report({
        event: "exchange-waits",
        open: open.length,
        seconds: milliseconds / 1000,
        ...(message === undefined ? {} : { message }),
      });
    }
    try {
      if (milliseconds > 0) await clock.sleep(milliseconds, signal);
      const listCredentials = readOnce(ports);
      const due = open.filter(one => one.dueAt <= clock.now());
      await Promise.all(due.map(one => limit(() => one.tryOnce(listCredentials))));
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (signal.aborted) for (const one of open) one.interrupt();
  }
}

/** All accounts of an identity that are refused in one round ask for its credentials; ARM's lists have narrow limits. */
function readOnce({ azure }: Pick<ExchangePorts, "azure">): ListCredentials {
  const known = new Map<string, Promise<FederatedCredential[] | undefined>>();
  const list = async (principal: string) => {
    try {
      return await azure?.listCredentials(principal);
    } catch (error) {
      // A sign-in that ends meanwhile stops nothing: the exchange itself needs none.
      if (!(error instanceof ApiError || error instanceof CommandError)) throw error;
      return undefined;
    }
  };
  return principal => {
    const reading = known.get(principal) ?? list(principal);
    known.set(principal, reading);
    return reading;
  };
}
