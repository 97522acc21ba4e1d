import { countRequests } from "./countRequests.ts";
import { peakMemory, wallTime, wallTimeInTurn, wallTimeTogether } from "./processes.ts";
import { program } from "./program.ts";
import { getParsed, getRaw, getVersion, type Kubectl, pagedLists, wholeLists } from "./rawLists.ts";
import { duration, megabytes, type Result } from "./results.ts";
import { aside, type Contestant, interleave, median, ratios } from "./rounds.ts";

export interface ListsBenchOptions {
  /** Deployments that the server holds. */
  size: number;
  rounds: number;
  kubectl: Kubectl;
  /** Kubeconfig of a server that holds one Deployment: ours there is our start-up. */
  nearlyEmpty: string;
}

const commands = ["scan", "plan"] as const;
type Command = (typeof commands)[number];

const partners = {
  parsed: "Node, scan's pages, parsed and dropped",
  pages: "kubectl get --raw, in scan's pages, in turn",
  inTurn: "kubectl get --raw, whole lists, in turn",
  together: "kubectl get --raw, whole lists, all at once",
} as const;
type Partner = keyof typeof partners;

/** The ones that get the lists as scan does, in pages; a server gives whole lists for less than half of the work, as one answer of any size. */
const inPages: readonly Partner[] = ["parsed", "pages"];

/**
 * scan and plan against raw lists of the same objects, and the memory of both. Against a Node process that makes the same requests
 * and parses the answers it shows what we make of them; against kubectl, which does not parse, what reading costs at all.
 */
export async function listsBench(options: ListsBenchOptions): Promise<Result[]> {
  const { kubectl, nearlyEmpty, rounds } = options;
  const lists = await wholeLists(kubectl);
  const whole = getRaw(kubectl, lists);
  const nothing = getVersion(kubectl, lists);
  const series = await interleave<Command | Partner | `${Command | Partner} start-up`>(
    {
      scan: ours("scan", kubectl),
      parsed: () => wallTime(getParsed(kubectl, lists)),
      pages: async () => wallTimeInTurn(getRaw(kubectl, await pagedLists(kubectl))),
      "scan start-up": ours("scan", { ...kubectl, kubeconfig: nearlyEmpty }),
      "parsed start-up": () => wallTime(getParsed({ ...kubectl, kubeconfig: nearlyEmpty }, lists)),
      "pages start-up": async () => wallTimeInTurn(getVersion(kubectl, await pagedLists(kubectl))),
      plan: ours("plan", kubectl),
      inTurn: () => wallTimeInTurn(whole),
      "plan start-up": ours("plan", { ...kubectl, kubeconfig: nearlyEmpty }),
      "inTurn start-up": () => wallTimeInTurn(nothing),
      together: () => wallTimeTogether(whole),
      "together start-up": () => wallTimeTogether(nothing),
    },
    rounds,
  );
  const results: Result[] = [];
  for (const command of commands) {
    for (const partner of Object.keys(partners) as Partner[]) {
      const [one, other] = [series[command], series[partner]];
      const [onesOwn, othersOwn] = [
        aside(one, series[`${command} start-up`]),
        aside(other, series[`${partner} start-up`]),
      ];
      results.push(
        {
          figure: `${command}, ${options.size} Deployments`,
          ours: duration(median(one)),
          partner: partners[partner],
          partnerFigure: duration(median(other)),
          ratios: ratios(one, other),
        },
        {
          figure: `${command}, ${options.size} Deployments, start-up aside`,
          ours: duration(median(onesOwn)),
          partner: partners[partner],
          partnerFigure: duration(median(othersOwn)),
          ratios: Math.min(...othersOwn) < 0.1 * median(other) ? [] : ratios(onesOwn, othersOwn),
          ...(inPages.includes(partner) ? { goal: { atMost: 1.5 } } : {}),
        },
      );
    }
  }
  return [...results, ...(await requests(options)), ...(await memory(options, lists))];
}

/** A run of ours on a cluster. */
export function ours(command: Command, { kubeconfig, home }: Pick<Kubectl, "kubeconfig" | "home">): Contestant {
  const line = program([command, "-o", "json"], { kubeconfig, home });
  return () => wallTime(line);
}

/** What is asked besides lists: which cluster it is, its kinds, its version and its issuer. */
const asksBesides = 4;

/** What reaches the server, against a request for each kind and for each further page of it. */
async function requests({ kubectl, size }: ListsBenchOptions): Promise<Result[]> {
  const results: Result[] = [];
  const pages = (await pagedLists(kubectl)).length + asksBesides;
  for (const command of commands) {
    const counted = await countRequests(kubectl.kubeconfig, kubeconfig =>
      wallTime(program([command, "-o", "json"], { kubeconfig, home: kubectl.home })),
    );
    results.push({
      figure: `${command}, ${size} Deployments, requests`,
      ours: String(counted),
      partner: `kinds and pages, and ${asksBesides} about the cluster`,
      partnerFigure: String(pages),
      ratios: [counted / pages],
      goal: { atMost: 1 },
    });
  }
  return results;
}

const mostMemory = 250e6;

async function memory({ kubectl, size }: ListsBenchOptions, lists: readonly string[]): Promise<Result[]> {
  let largest = 0;
  for (const list of getRaw(kubectl, lists)) largest = Math.max(largest, (await peakMemory(list)) ?? 0);
  const dropped = (await peakMemory(getParsed(kubectl, lists))) ?? Number.NaN;
  const results: Result[] = [];
  for (const command of commands) {
    const peak = await peakMemory(program([command, "-o", "json"], kubectl));
    if (peak === undefined) continue;
    results.push({
      figure: `${command}, ${size} Deployments, peak memory`,
      ours: megabytes(peak),
      partner: "kubectl get --raw, the largest list",
      partnerFigure: megabytes(largest),
      ratios: [peak / largest],
    });
    results.push({
      figure: `${command}, ${size} Deployments, peak memory`,
      ours: megabytes(peak),
      partner: partners.parsed,
      partnerFigure: megabytes(dropped),
      ratios: [peak / dropped],
    });
    results.push({
      figure: `${command}, ${size} Deployments, peak memory`,
      ours: megabytes(peak),
      partner: "what a big cluster may take",
      partnerFigure: megabytes(mostMemory),
      ratios: [peak / mostMemory],
      goal: { atMost: 1 },
    });
  }
  return results;
}
