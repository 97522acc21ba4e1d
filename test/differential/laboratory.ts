import { assemble } from "../../src/core/assemble.ts";
import type { Facts } from "../../src/core/facts.ts";
import { collectCluster } from "../../src/kube/collect.ts";
import { connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import type { LocatedTestbed } from "../testbed/locate.ts";
import { poll } from "../testbed/poll.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";
import { type ARM, startARM } from "./arm.ts";
import { type Assigned, listAssigned, removeAssigned } from "./assigned.ts";
import { startMIC } from "./mic.ts";
import { askOracle } from "./oracle.ts";
import { plant, plantNodes, sentinelNamespace } from "./plant.ts";
import { nodes, type World, worldAt } from "./world.ts";

/** A cluster of its own for worlds, with the programs that say what is true in it. */
export class Laboratory {
  readonly #binaries: LocatedTestbed["binaries"];
  readonly #testbed: Testbed;
  readonly #connection: Connection;
  readonly #arm: ARM;
  #worlds = 0;

  private constructor(binaries: LocatedTestbed["binaries"], testbed: Testbed, connection: Connection, arm: ARM) {
    this.#binaries = binaries;
    this.#testbed = testbed;
    this.#connection = connection;
    this.#arm = arm;
  }

  /** Starts etcd, an API server and a pretended ARM; throws with nothing left running. */
  static async open({ binaries }: LocatedTestbed): Promise<Laboratory> {
    const testbed = await startTestbed({ parts: [] });
    try {
      const [connection] = await connect({ kubeconfig: testbed.kubeconfigPath });
      if (!connection) throw new Error("The testbed's kubeconfig has no context");
      await plantNodes(connection);
      return new Laboratory(binaries, testbed, connection, await startARM());
    } catch (error) {
      await testbed.stop();
      throw error;
    }
  }

  /** Puts worlds beside those that are there already and gives the token of each. */
  async put(worlds: readonly World[]): Promise<string[]> {
    const tokens = worlds.map(() => `w${this.#worlds++}x`);
    await plant(
      this.#connection,
      worlds.flatMap((world, index) => worldAt(world, tokens[index] ?? "")),
    );
    return tokens;
  }

  /** What this project reads of the cluster. */
  async facts(): Promise<Facts> {
    return assemble([await collectCluster(this.#connection)], undefined, {});
  }

  /** What a MIC that finds the cluster as it is assigns, and nothing that another one left. */
  async assignments(env: { FORCENAMESPACED: string }): Promise<Assigned[]> {
    await removeAssigned(this.#connection);
    const { kubeconfigPath } = this.#testbed;
    const mic = await startMIC({ binaries: this.#binaries, kubeconfigPath, arm: this.#arm, env });
    const settled = async () => {
      const sentinels = await listAssigned(this.#connection, sentinelNamespace);
      return sentinels.filter(({ isAssigned }) => isAssigned).length === nodes.length ? true : undefined;
    };
    try {
      await poll(settled, { what: "MIC assigns the sentinels' identities", timeoutMilliseconds: 180_000 });
      return await listAssigned(this.#connection);
    } finally {
      await mic.stop();
    }
  }

  /** What NMI's own code says of managed mode and of exceptions. */
  oracle(): ReturnType<typeof askOracle> {
    return askOracle(this.#binaries, this.#testbed.kubeconfigPath);
  }

  async stop(): Promise<void> {
    this.#connection.close();
    await Promise.all([this.#arm.stop(), this.#testbed.stop()]);
  }
}
