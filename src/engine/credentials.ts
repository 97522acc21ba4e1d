import pLimit, { type LimitFunction } from "p-limit";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import { type AzureOperation, subscriptionOf } from "../core/azure/azureRates.ts";
import type { FederatedCredential, Step, StepOf } from "../core/model.ts";
import { observe, type Seen } from "../core/observe.ts";
import { ApiError } from "../core/ports.ts";
import { isSameTrust } from "../core/trust/trusts.ts";
import { look } from "./applyStep.ts";
import { Pacing } from "./pacing.ts";
import type { EnginePorts } from "./ports.ts";

/** Whether an earlier try may have written what is to be written: its answer was lost, or says nothing of that. */
export type Earlier = "clear" | "unsure";

/** Steps at a time in one subscription, and in all; more would only wait for Azure's rates. */
const mostInSubscription = 16;
const mostAtAll = 64;

/**
 * The federated credentials that a run works on, with as few requests as are safe: each principal's are listed once, and what is
 * read or written later is held against that list. A write needs `seenToWrite` before it, since a PUT replaces.
 */
export class RunCredentials {
  /** Azure as the run's steps see it: lists are those of the run, writes are remembered, all in turn. */
  readonly access: AzureAccess;
  readonly #reach: Pick<EnginePorts, "cluster" | "azure">;
  readonly #azure: AzureAccess;
  readonly #pacing: Pacing;
  /** By lower-case name, for each principal. */
  readonly #known = new Map<string, Promise<Map<string, FederatedCredential>>>();
  readonly #serial = new Map<string, LimitFunction>();
  readonly #perSubscription = new Map<string | undefined, LimitFunction>();
  readonly #all = pLimit(mostAtAll);

  constructor(azure: AzureAccess, ports: Pick<EnginePorts, "cluster" | "clock" | "signal">) {
    this.#azure = azure;
    this.#pacing = new Pacing(ports);
    this.access = {
      ...azure,
      listCredentials: async principal => [...(await this.#credentialsOf(principal)).values()],
      putCredential: async (principal, credential) => {
        // In the turn that `seenToWrite` took.
        const stored = await this.#send("createOrUpdate", principal, () => azure.putCredential(principal, credential));
        (await this.#known.get(principal))?.set(credential.name.toLowerCase(), stored);
        return stored;
      },
    };
    this.#reach = { cluster: ports.cluster, azure: this.access };
  }

  /** One step at a time for a principal: Azure refuses a second write to it while one is under way. */
  inTurn<T>(principal: string, carryOut: () => Promise<T>): Promise<T> {
    const serial = limitOf(this.#serial, principal, 1);
    const inSubscription = limitOf(this.#perSubscription, subscriptionOf(principal), mostInSubscription);
    return serial(() => inSubscription(() => this.#all(carryOut)));
  }

  /**
   * Looks at a step that is about to be written. The list is not repeated for each of them; instead what has the name is read again
   * in the turn in which it is written, and before that where an earlier try may have written it.
   */
  async seenToWrite(step: StepOf<"trust">, earlier: Earlier): Promise<Seen> {
    const { principal, name } = step.target;
    if (earlier === "unsure") {
      await this.#pacing.turn("get", principal);
      await this.#refresh(principal, name);
    }
    const seen = await look(step, this.#reach);
    if (observe(step, seen) !== "pending") return seen;
    // Both turns before either request: nothing comes between what is read and what is written.
    const hasWaited = [await this.#pacing.turn("get", principal), await this.#pacing.turn("createOrUpdate", principal)];
    if (earlier === "clear" || hasWaited.includes(true)) await this.#refresh(principal, name);
    return look(step, this.#reach);
  }

  /** Reads what has this name now, in a turn that was taken before. */
  async #refresh(principal: string, name: string): Promise<void> {
    const known = await this.#credentialsOf(principal);
    const found = await this.#send("get", principal, () => this.#azure.getCredential(principal, name));
    if (found) known.set(name.toLowerCase(), found);
    else known.delete(name.toLowerCase());
  }

  /** Has the principal listed again when it is looked at next: others have written to it. */
  forget(principal: string): void {
    this.#known.delete(principal);
  }

  #credentialsOf(principal: string): Promise<Map<string, FederatedCredential>> {
    const known = this.#known.get(principal);
    if (known) return known;
    const listed = this.#list(principal);
    this.#known.set(principal, listed);
    // A failure is told to those who asked for it, and not remembered.
    listed.catch(() => {
      if (this.#known.get(principal) === listed) this.#known.delete(principal);
    });
    return listed;
  }

  async #list(principal: string): Promise<Map<string, FederatedCredential>> {
    await this.#pacing.turn("list", principal);
    const found = await this.#send("list", principal, () => this.#azure.listCredentials(principal));
    return new Map(found.map(credential => [credential.name.toLowerCase(), credential]));
  }

  async #send<T>(operation: AzureOperation, principal: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (error instanceof ApiError && error.status === 429)
        this.#pacing.throttled(operation, principal, error.retryAfterSeconds ?? 0);
      throw error;
    }
  }
}

/** Whether another credential than the step's own has its content, which somebody else wrote and no undo may take away. */
export function isAdopted(step: Step, seen: Seen): boolean {
  if (step.op !== "trust" || seen === "unknown" || !("credentials" in seen)) return false;
  const { trust } = step;
  return !seen.credentials.some(one => one.name.toLowerCase() === trust.name.toLowerCase() && isSameTrust(one, trust));
}

function limitOf<Key>(limits: Map<Key, LimitFunction>, key: Key, most: number): LimitFunction {
  const known = limits.get(key);
  if (known) return known;
  const limit = pLimit(most);
  limits.set(key, limit);
  return limit;
}
