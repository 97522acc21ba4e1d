import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type LocatedTestbed, locateTestbed } from "../testbed/locate.ts";
import { clusterBench } from "./clusterBench.ts";
import { differentialBench } from "./differentialBench.ts";
import { filesBench } from "./filesBench.ts";
import { type Result, table } from "./results.ts";
import { schedulerBench } from "./schedulerBench.ts";
import { versionBench } from "./versionBench.ts";
import { deploymentsPerNamespace } from "./world.ts";

const benches = ["version", "lists", "files", "azwi", "scheduler", "differential"] as const;

const usage = `npm run bench -- [${benches.join(" | ")}] ... [--sizes 100,1000] [--documents 10000] [--rounds 7] [--worlds 1000] [--seed 1]

version  --version against node -e 0
lists    scan and plan on a real API server against kubectl get --raw of the same lists
files    scan of YAML files against the yaml package alone
azwi     scan and plan against azwi podidentity detect on 100 Deployments; takes minutes, so that it runs only when named
scheduler  500 federated credentials against the rates that Azure documents, in simulated time
differential  who gets what in random worlds, against the real MIC and NMI; takes minutes, so that it runs only when named
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sizes: { type: "string", default: "100,1000" },
      documents: { type: "string", default: "10000" },
      rounds: { type: "string", default: "7" },
      worlds: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  const wanted = new Set(positionals.length > 0 ? positionals : ["version", "lists"]);
  const unknown = [...wanted].filter(name => !benches.some(known => known === name));
  if (values.help || unknown.length > 0) {
    process.stderr.write(usage);
    if (unknown.length > 0) process.exitCode = 1;
    return;
  }
  if (wanted.delete("differential")) {
    const lines = await differentialBench(builtTestbed(), {
      seed: Number(values.seed),
      worlds: Number(values.worlds),
      say,
    });
    process.stdout.write(`${lines.join("\n")}\n`);
    if (wanted.size === 0) return;
  }
  if (wanted.delete("scheduler")) {
    const { results, lines } = await schedulerBench();
    process.stdout.write(`${[...lines, "", ...table(results)].join("\n")}\n`);
    if (wanted.size === 0) return;
  }
  const home = await mkdtemp(join(tmpdir(), "azwi-migrate-bench-home-"));
  try {
    const results: Result[] = [];
    if (wanted.has("version")) results.push(...(await versionBench(home)));
    if (wanted.has("files")) {
      results.push(...(await filesBench(Number(values.documents), { home, rounds: Number(values.rounds) })));
    }
    const partners = new Set((["lists", "azwi"] as const).filter(name => wanted.has(name)));
    if (partners.size > 0) {
      const located = builtTestbed();
      const sizes = partners.has("lists") ? values.sizes.split(",").map(Number) : [deploymentsPerNamespace];
      results.push(...(await clusterBench(located, { home, sizes, rounds: Number(values.rounds), partners, say })));
    }
    const machine = `Node ${process.version}, ${availableParallelism()} processors, ${process.platform} ${process.arch}`;
    const notes = [
      `${machine}. Medians of whole processes, JSON to /dev/null, run in turn; ratios round by round: median, least to most.`,
      "Start-up aside: less the same where there is one Deployment, kubectl less as many kubectl get --raw /version.",
      "plan: nobody is signed in to Azure. Peak memory: VmHWM of /proc, in runs of their own.",
    ];
    process.stdout.write(`${[...notes, "", ...table(results)].join("\n")}\n`);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function builtTestbed(): LocatedTestbed {
  const located = locateTestbed();
  if ("missing" in located) throw new Error(`Not built: ${located.missing.join(", ")}. Run: npm run testbed`);
  return located;
}

await bench();
