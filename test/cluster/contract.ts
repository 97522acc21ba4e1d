import { afterAll, beforeAll, describe } from "vitest";
import type { Caller } from "./contract/caller.ts";
import { identityContract } from "./contract/identity.ts";
import { readingContract } from "./contract/reading.ts";
import { watchContract } from "./contract/watching.ts";
import { workloadsContract } from "./contract/workloads.ts";
import { writingContract } from "./contract/writing.ts";

/**
 * What the tool relies on in an API server. It holds for the real one (with controllers, nodes, the pod identity CRDs and
 * the workload identity webhook 1.6.0); where the simulated one differs, the simulated one is wrong.
 */
export function clusterContract(name: string, start: () => Promise<Caller>): void {
  describe(name, () => {
    let caller: Caller | undefined;
    const started = () => {
      if (!caller) throw new Error(`${name} has not started`);
      return caller;
    };
    beforeAll(async () => {
      caller = await start();
    }, 120_000);
    afterAll(() => caller?.stop(), 60_000);

    readingContract(started);
    writingContract(started);
    workloadsContract(started);
    identityContract(started);
    watchContract(started);
  });
}
