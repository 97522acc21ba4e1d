import { type AzureOperation, managedIdentityRates, subscriptionOf } from "../core/azure/azureRates.ts";
import type { EnginePorts } from "./ports.ts";

type Ports = Pick<EnginePorts, "clock" | "signal">;

/**
 * Lets requests to Azure go as they come until Azure throttles one. From then on requests of that kind to that identity, its
 * subscription and the tenant keep to the documented rates, first come, first served, so that many writers do not ask again and
 * again at once. Whoever was refused waits by the engine's rule for retries.
 */
export class Pacing {
  readonly #ports: Ports;
  readonly #gates = new Map<string, Gate>();
  readonly #queues = new Map<AzureOperation, Queue>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Waits until a request may be sent; gives whether that took time. Rejects with the signal's reason on an abort. */
  async turn(operation: AzureOperation, principal: string): Promise<boolean> {
    const { clock } = this.#ports;
    const came = clock.now();
    const queue = this.#queues.get(operation) ?? new Queue(this.#ports);
    this.#queues.set(operation, queue);
    await queue.pass(this.#gatesOf(operation, principal));
    return clock.now() > came;
  }

  /** Azure refused a request for throttling, and asks for so many seconds. */
  throttled(operation: AzureOperation, principal: string, seconds: number): void {
    const now = this.#ports.clock.now();
    const [own, ...shared] = this.#gatesOf(operation, principal);
    own?.close(now + seconds * 1000);
    for (const gate of shared) gate.refused(principal, now, now + seconds * 1000);
  }

  /** The identity's, and those that it shares: of its subscription and of the tenant. */
  #gatesOf(operation: AzureOperation, principal: string): Gate[] {
    const { resource, subscription, tenant } = managedIdentityRates[operation];
    const scope = subscriptionOf(principal);
    const own = this.#gate(`${operation} ${principal}`, resource);
    if (scope === undefined) return [own];
    return [own, this.#gate(`${operation} ${scope}`, subscription), this.#gate(`${operation} tenant`, tenant)];
  }

  #gate(key: string, rate: number): Gate {
    const known = this.#gates.get(key);
    if (known) return known;
    const gate = new Gate(1000 / rate);
    this.#gates.set(key, gate);
    return gate;
  }
}

/** What requests of one kind to one identity, to one subscription or at all have to pass. */
class Gate {
  readonly #interval: number;
  #isPaced = false;
  /** The earliest moment for the next request, once it is paced. */
  #next = 0;
  #lastRefusal: { principal: string; until: number } | undefined;

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** From when on a request may pass. */
  get opensAt(): number {
    return this.#isPaced ? this.#next : 0;
  }

  pass(now: number): void {
    this.#next = now + this.#interval;
  }

  close(until: number): void {
    this.#isPaced = true;
    this.#next = until;
  }

  /**
   * Azure does not say which of its limits it means. One identity alone may have reached its own; when a second one is refused
   * while the first is, the limit is shared, and nobody has to ask again before the sooner of the two.
   */
  refused(principal: string, now: number, until: number): void {
    const last = this.#lastRefusal;
    this.#isPaced = true;
    if (last && last.principal !== principal && last.until > now)
      this.#next = Math.max(this.#next, Math.min(last.until, until));
    this.#lastRefusal = { principal, until };
  }
}

interface Waiting {
  gates: readonly Gate[];
  resolve(): void;
  reject(reason: unknown): void;
}

/** Requests of one kind, in the order of their coming; one that has to wait for its identity lets others pass. */
class Queue {
  readonly #ports: Ports;
  #waiting: Waiting[] = [];
  #isServing = false;
  #nap = new AbortController();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  pass(gates: readonly Gate[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ gates, resolve, reject });
      if (this.#isServing) this.#nap.abort();
      else void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    const { clock, signal } = this.#ports;
    this.#isServing = true;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const opens = this.#waiting.map(({ gates }) => Math.max(...gates.map(gate => gate.opensAt)));
      const index = opens.findIndex(moment => moment <= clock.now());
      const [first] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (first) {
        for (const gate of first.gates) gate.pass(clock.now());
        first.resolve();
      } else await this.#sleepUntil(Math.min(...opens));
    }
    this.#isServing = false;
    for (const { reject } of this.#waiting.splice(0)) reject(signal.reason);
  }

  /** Or until somebody else comes, who may not have to wait as long. */
  async #sleepUntil(moment: number): Promise<void> {
    const { clock, signal } = this.#ports;
    this.#nap = new AbortController();
    try {
      await clock.sleep(moment - clock.now(), AbortSignal.any([signal, this.#nap.signal]));
    } catch (error) {
      // Whoever is told to stop learns it from `#serve`.
      if (!signal.aborted && !this.#nap.signal.aborted) throw error;
    }
  }
}
