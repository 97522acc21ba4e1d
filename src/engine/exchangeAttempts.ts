import { type ExchangeProof, notExchanged } from "../core/exchange/exchangeProof.ts";
import { type ExchangePace, type ExchangeTry, nextExchange } from "../core/exchange/exchangeSchedule.ts";
import { type ExchangeSubject, identityNameOf } from "../core/exchange/exchangeSubjects.ts";
import { verdictOf } from "../core/exchange/exchangeVerdict.ts";
import type { FederatedCredential } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import type { EnginePorts } from "./ports.ts";
import { isTransient } from "./retry.ts";

/** The least that a TokenRequest takes; a token is shown once. */
const tokenSeconds = 600;

export type ExchangePorts = Pick<EnginePorts, "cluster" | "azure" | "clock" | "signal">;

/** What decides when a subject's tokens are shown. */
export interface ExchangeTiming {
  startedAt: number;
  /** When its identity got a credential, where that was just now. */
  writtenAt: number | undefined;
  pace: ExchangePace;
}

/** The credentials that an identity has now; undefined where they cannot be read. */
export type ListCredentials = (principal: string) => Promise<readonly FederatedCredential[] | undefined>;

type Ended = Omit<ExchangeProof, "subject">;

/** All that is tried for one subject. */
export class ExchangeAttempts {
  readonly #subject: ExchangeSubject;
  readonly #ports: ExchangePorts;
  readonly #timing: ExchangeTiming;
  readonly #tries: ExchangeTry[] = [];
  #ended: Ended | undefined;
  /** What to tell if it stays as it is until the time is over. */
  #pending: Ended | undefined;

  constructor(subject: ExchangeSubject, ports: ExchangePorts, timing: ExchangeTiming) {
    this.#subject = subject;
    this.#ports = ports;
    this.#timing = timing;
    this.#ended = this.#untriable();
  }

  /** How it ended; undefined while there is something to try. */
  get proof(): ExchangeProof | undefined {
    this.#ended ??= this.#outOfTries();
    return this.#ended && { subject: this.#subject, ...this.#ended };
  }

  /** When the next try is due, in milliseconds since the epoch; never once there is a proof. */
  get dueAt(): number {
    const next = nextExchange(this.#tries, this.#timing, this.#timing.pace);
    return typeof next === "number" ? next : Number.POSITIVE_INFINITY;
  }

  /** Why the last try did not succeed. */
  get lastRefusal(): string | undefined {
    return this.#tries.at(-1)?.was === "success" ? undefined : this.#pending?.evidence;
  }

  interrupt(): void {
    this.#ended ??= this.#notChecked("interrupted");
  }

  /** Asks for a token and shows it. Throws for an abort or a defect only. */
  async tryOnce(listCredentials: ListCredentials): Promise<void> {
    const { cluster, azure, clock, signal } = this.#ports;
    const { source, namespace, serviceAccount, trust, clientID, tenant } = this.#subject;
    if (!azure || tenant === undefined) throw new Error("an exchange needs a sign-in and a tenant");
    const at = clock.now();
    let token: string;
    try {
      const request = { namespace, serviceAccount, audience: trust.audience, expirationSeconds: tokenSeconds };
      token = await cluster(source).requestToken(request, { signal });
    } catch (error) {
      this.#withoutToken(error, at);
      return;
    }
    try {
      const answer = await azure.exchangeToken({ tenant, clientID, assertion: token });
      if ("expiresInSeconds" in answer) {
        this.#tries.push({ at, was: "success" });
        return;
      }
      const credentials = await listCredentials(trust.principal);
      const verdict = verdictOf(answer, this.#subject, { token, credentials });
      this.#tries.push({ at, was: verdict.is === "wrong" ? "wrong" : "refused" });
      this.#pending = { result: "failed", evidence: verdict.evidence, finding: verdict.finding };
    } catch (error) {
      this.#unanswered(error, at);
    }
  }

  /** What no try would change. */
  #untriable(): Ended | undefined {
    const { tenant, trust } = this.#subject;
    if (trust.backend === "identityBinding")
      return this.#notChecked("with an identity binding only a pod of the cluster can exchange tokens");
    if (!this.#ports.azure) return this.#notChecked("nobody is signed in to Azure");
    if (tenant === undefined) return this.#notChecked("the identity's tenant is not known");
    return undefined;
  }

  #outOfTries(): Ended | undefined {
    const { pace } = this.#timing;
    const next = nextExchange(this.#tries, this.#timing, pace);
    if (typeof next === "number") return undefined;
    if (next === "passed") {
      const tokens = pace.successes === 1 ? "a token" : `${pace.successes} tokens, ${pace.intervalSeconds} s apart,`;
      const who = `${this.#subject.trust.subject} for ${identityNameOf(this.#subject)}`;
      return { result: "passed", evidence: `exchanged ${tokens} of ${who}` };
    }
    return this.#pending ?? this.#notChecked(`there was no time for ${pace.successes} exchanges`);
  }

  #withoutToken(error: unknown, at: number): void {
    const { namespace, serviceAccount } = this.#subject;
    const status = error instanceof ApiError ? error.status : undefined;
    if (status === 404) this.#ended = this.#notChecked(`there is no service account ${namespace}/${serviceAccount}`);
    else if (status === 403)
      this.#ended = this.#notChecked(`you may not create serviceaccounts/token in the namespace ${namespace}`);
    else this.#unanswered(error, at);
  }

  /** Neither yes nor no: asked again where that may help. */
  #unanswered(error: unknown, at: number): void {
    if (!(error instanceof ApiError)) throw error;
    const { message, retryAfterSeconds } = error;
    if (isTransient(error)) this.#tries.push({ at, was: "unanswered", retryAfterSeconds });
    else this.#ended = this.#notChecked(message);
    this.#pending = this.#notChecked(message);
  }

  #notChecked(reason: string): Ended {
    const { subject: _, ...ended } = notExchanged(this.#subject, reason);
    return ended;
  }
}
