import type { LocatedTestbed } from "../testbed/locate.ts";
import { startTestbed } from "../testbed/start.ts";
import { azwiBench } from "./azwiBench.ts";
import { listsBench } from "./listsBench.ts";
import { plantApplications, plantInstallations } from "./plant.ts";
import { duration, type Result } from "./results.ts";
import { deploymentsPerNamespace } from "./world.ts";

export interface ClusterBenchOptions {
  home: string;
  /** Deployments to measure at, ascending. */
  sizes: readonly number[];
  rounds: number;
  /** Whether scan and plan are compared with raw lists, and with the peer. */
  partners: ReadonlySet<"lists" | "azwi">;
  say: (line: string) => void;
}

/**
 * scan and plan on a real API server that holds more and more Deployments. Nobody is signed in to Azure, so that plan costs what
 * reading the cluster and deciding cost. What starting costs is measured in the same rounds, on a second server with one
 * Deployment.
 */
export async function clusterBench({ binaries }: LocatedTestbed, options: ClusterBenchOptions): Promise<Result[]> {
  const { home, sizes, rounds, partners, say } = options;
  const testbeds = await Promise.all([startTestbed({ parts: [] }), startTestbed({ parts: [] })]);
  const [{ kubeconfigPath: kubeconfig }, { kubeconfigPath: nearlyEmpty }] = testbeds;
  try {
    for (const one of [kubeconfig, nearlyEmpty]) {
      await plantInstallations(one);
      await plantApplications(one, 0, 1);
    }
    const results: Result[] = [];
    let planted = 1;
    for (const size of sizes) {
      const started = performance.now();
      await plantApplications(kubeconfig, planted, size);
      planted = size;
      say(`${size} Deployments planted in ${duration(performance.now() - started)}; ${rounds} rounds`);
      if (partners.has("lists")) {
        const kubectl = { binary: binaries.kubectl, kubeconfig, home };
        results.push(...(await listsBench({ size, rounds, kubectl, nearlyEmpty })));
      }
      if (partners.has("azwi") && size === deploymentsPerNamespace) {
        say("azwi podidentity detect, once; this takes minutes");
        results.push(...(await azwiBench({ binary: binaries.azwi, kubeconfig, home, rounds })));
      }
    }
    return results;
  } finally {
    await Promise.all(testbeds.map(testbed => testbed.stop()));
  }
}
