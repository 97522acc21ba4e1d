import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectedKinds } from "../../src/kube/collect.ts";
import { resourcePath, resources } from "../../src/kube/resources.ts";
import type { LocatedTestbed } from "../testbed/locate.ts";
import { startTestbed, type Testbed } from "../testbed/start.ts";
import { plantApplications, plantInstallations } from "./plant.ts";
import { type CommandLine, peakMemory, wallTime, wallTimeInTurn, wallTimeTogether } from "./processes.ts";
import { program } from "./program.ts";
import { duration, megabytes, type Result } from "./results.ts";
import { type Contestant, interleave, median, ratios } from "./rounds.ts";
import { deploymentsPerNamespace, namespaceOf } from "./world.ts";

export interface ClusterBenchOptions {
  home: string;
  /** Deployments to measure at, ascending. */
  sizes: readonly number[];
  rounds: number;
  /** Whether scan and plan are compared with raw lists, and with the peer. */
  partners: ReadonlySet<"lists" | "azwi">;
  say: (line: string) => void;
}

type Timed = "scan" | "plan" | "together" | "inTurn";

/** What is started again and again on one cluster. */
interface Lines {
  scan: CommandLine;
  plan: CommandLine;
  lists: readonly CommandLine[];
}

/**
 * scan and plan on a real API server that holds more and more Deployments, against `kubectl get --raw` of the lists that scan
 * reads, and against `azwi podidentity detect` on the first namespace. Nobody is signed in to Azure, so that plan costs what
 * reading the cluster and deciding cost. What starting costs is measured in the same rounds, on a second server that holds one
 * Deployment.
 */
export async function clusterBench(located: LocatedTestbed, options: ClusterBenchOptions): Promise<Result[]> {
  const { sizes, say, partners } = options;
  const testbeds = await Promise.all([startTestbed({ parts: [] }), startTestbed({ parts: [] })]);
  const [measured, nearlyEmpty] = testbeds;
  try {
    for (const { kubeconfigPath } of testbeds) {
      await plantInstallations(kubeconfigPath);
      await plantApplications(kubeconfigPath, 0, 1);
    }
    const paths = listPaths();
    const lines = linesFor(located, measured, options, paths);
    const startUp = linesFor(
      located,
      nearlyEmpty,
      options,
      paths.map(() => "/version"),
    );
    const results: Result[] = [];
    let planted = 1;
    for (const size of sizes) {
      const started = performance.now();
      await plantApplications(measured.kubeconfigPath, planted, size);
      planted = size;
      say(`${size} Deployments planted in ${duration(performance.now() - started)}`);
      if (partners.has("lists")) results.push(...(await listResults(size, lines, startUp, options)));
      if (size === deploymentsPerNamespace && partners.has("azwi")) {
        results.push(...(await azwiResults(located, measured, lines, options)));
      }
      if (partners.has("lists")) results.push(...(await memoryResults(lines, size)));
    }
    return results;
  } finally {
    await Promise.all(testbeds.map(testbed => testbed.stop()));
  }
}

/** The lists that scan asks for, from its own table. */
function listPaths(): string[] {
  return resources.filter(({ kind }) => collectedKinds.includes(kind)).map(resource => resourcePath(resource, {}));
}

function linesFor(
  located: LocatedTestbed,
  { kubeconfigPath }: Testbed,
  { home }: ClusterBenchOptions,
  paths: readonly string[],
): Lines {
  const cluster = { kubeconfig: kubeconfigPath, home };
  return {
    scan: program(["scan", "-o", "json"], cluster),
    plan: program(["plan", "-o", "json"], cluster),
    lists: paths.map(path => ({
      command: located.binaries.kubectl,
      args: ["--kubeconfig", kubeconfigPath, "get", "--raw", path],
      env: { PATH: process.env.PATH, HOME: home },
    })),
  };
}

function contestants({ scan, plan, lists }: Lines): Record<Timed, Contestant> {
  return {
    scan: () => wallTime(scan),
    together: () => wallTimeTogether(lists),
    plan: () => wallTime(plan),
    inTurn: () => wallTimeInTurn(lists),
  };
}

async function listResults(
  size: number,
  lines: Lines,
  startUpLines: Lines,
  { rounds }: ClusterBenchOptions,
): Promise<Result[]> {
  const bare = contestants(startUpLines);
  const series = await interleave(
    {
      ...contestants(lines),
      bareScan: bare.scan,
      bareTogether: bare.together,
      barePlan: bare.plan,
      bareInTurn: bare.inTurn,
    },
    rounds,
  );
  const ours = { scan: series.bareScan, plan: series.barePlan };
  const kubectl = { together: series.bareTogether, inTurn: series.bareInTurn };
  const partners = { together: "kubectl get --raw, all at once", inTurn: "kubectl get --raw, in turn" };
  return (["scan", "plan"] as const).flatMap(command =>
    (["together", "inTurn"] as const).flatMap(partner => {
      const base = { ours: median(ours[command]), partner: median(kubectl[partner]) };
      const raw = {
        figure: `${command}, ${size} Deployments`,
        ours: duration(median(series[command])),
        partner: partners[partner],
        partnerFigure: duration(median(series[partner])),
        ratios: ratios(series[command], series[partner]),
      };
      return [
        raw,
        {
          figure: `${raw.figure}, start-up aside`,
          ours: duration(median(series[command]) - base.ours),
          partner: raw.partner,
          partnerFigure: duration(median(series[partner]) - base.partner),
          ratios: ratios(series[command], series[partner], base),
          goal: { atMost: 1.5 },
        },
      ];
    }),
  );
}

/** One run of the peer takes minutes; it reads one namespace, which is all there is at this size. */
async function azwiResults(
  located: LocatedTestbed,
  { kubeconfigPath }: Testbed,
  lines: Lines,
  { home, say, rounds }: ClusterBenchOptions,
): Promise<Result[]> {
  const output = await mkdtemp(join(tmpdir(), "azwi-migrate-bench-"));
  try {
    say("azwi podidentity detect, once; this takes minutes");
    const milliseconds = await wallTime({
      command: located.binaries.azwi,
      args: ["podidentity", "detect", "--namespace", namespaceOf(0), "--output-dir", output],
      env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfigPath },
    });
    const files = await readdir(output);
    const { scan, plan } = contestants(lines);
    const series = await interleave({ scan, plan }, rounds);
    if (files.length !== 2 * deploymentsPerNamespace) throw new Error(`azwi wrote ${files.length} files`);
    return (["scan", "plan"] as const).map(command => ({
      figure: `${command}, ${deploymentsPerNamespace} Deployments`,
      ours: duration(median(series[command])),
      partner: "azwi podidentity detect",
      partnerFigure: duration(milliseconds),
      ratios: [milliseconds / median(series[command])],
      goal: { atLeast: 150 },
    }));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function memoryResults({ scan, plan, lists }: Lines, size: number): Promise<Result[]> {
  const peaks = { scan: await peakMemory(scan), plan: await peakMemory(plan), lists: 0 };
  for (const list of lists) peaks.lists = Math.max(peaks.lists, (await peakMemory(list)) ?? 0);
  return (["scan", "plan"] as const).flatMap(command => {
    const ours = peaks[command];
    if (ours === undefined) return [];
    return [
      {
        figure: `${command}, ${size} Deployments, peak memory`,
        ours: megabytes(ours),
        partner: "kubectl get --raw, the largest",
        partnerFigure: megabytes(peaks.lists),
        ratios: [ours / peaks.lists],
      },
    ];
  });
}
