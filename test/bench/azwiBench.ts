import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ours } from "./listsBench.ts";
import { wallTime } from "./processes.ts";
import { duration, type Result } from "./results.ts";
import { interleave, median } from "./rounds.ts";
import { deploymentsPerNamespace, namespaceOf } from "./world.ts";

export interface AzwiBenchOptions {
  binary: string;
  kubeconfig: string;
  home: string;
  rounds: number;
}

/** scan and plan against `azwi podidentity detect` on the first namespace. The peer runs once: it takes minutes. */
export async function azwiBench({ binary, kubeconfig, home, rounds }: AzwiBenchOptions): Promise<Result[]> {
  const cluster = { kubeconfig, home };
  const series = await interleave({ scan: ours("scan", cluster), plan: ours("plan", cluster) }, rounds);
  const output = await mkdtemp(join(tmpdir(), "azwi-migrate-bench-"));
  try {
    const peer = await wallTime({
      command: binary,
      args: ["podidentity", "detect", "--namespace", namespaceOf(0), "--output-dir", output],
      env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig },
    });
    const files = await readdir(output);
    if (files.length !== 2 * deploymentsPerNamespace) throw new Error(`azwi wrote ${files.length} files`);
    return (["scan", "plan"] as const).map(command => ({
      figure: `${command}, ${deploymentsPerNamespace} Deployments`,
      ours: duration(median(series[command])),
      partner: "azwi podidentity detect",
      partnerFigure: duration(peer),
      ratios: [peer / median(series[command])],
      goal: { atLeast: 150 },
    }));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
