import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { blockedFrom } from "../core/blocked.ts";
import { compareWithPlan } from "../core/compare.ts";
import type { Plan } from "../core/documents/plan.ts";
import type { StepResult } from "../core/documents/runResult.ts";
import { CommandError, type ExitCode, exitCodes } from "../core/errors.ts";
import type { Stage, Step } from "../core/model.ts";
import type { CollectedFiles } from "../core/ports.ts";
import { defaultProbeImage } from "../core/probe/defaultImage.ts";
import { judge, planDocument, scanDocument } from "../core/reports.ts";
import { text } from "../output/escape.ts";
import { count, type Style, wrap } from "../output/text/layout.ts";
import { findingLines, objectName } from "../output/text/parts.ts";
import { usageName } from "../output/text/verification.ts";
import type { Rehearsal } from "../sandbox/rehearsal.ts";
import { version } from "../version.ts";
import { decide } from "./decide.ts";
import { exchangePace } from "./exchangePace.ts";
import { execute } from "./execute.ts";
import { gather } from "./gather.ts";
import type { Io, MappingFlags } from "./io.ts";
import { readingOutcome } from "./outcome.ts";
import { runResultDocument } from "./runResult.ts";
import { type Document, styleOf, textLines } from "./show.ts";
import { verification } from "./verify.ts";

export interface RehearseFlags {
  filename?: string[];
  podIdentityMode?: "standard" | "namespaced" | "managed";
}

/**
 * The whole migration on a cluster and an Azure that live in this process, for the example shop or the user's manifests. It is
 * the code of the real commands, over HTTP, in simulated time; it reads no kubeconfig, no Azure sign-in and asks no network.
 */
export async function rehearse(flags: RehearseFlags, io: Io): Promise<ExitCode> {
  const [{ collectFiles }, { startRehearsal }] = await Promise.all([
    import("../manifests/collect.ts"),
    import("../sandbox/rehearsal.ts"),
  ]);
  const files = await collectFiles(flags.filename ?? [exampleShop()], { stdin: io.stdin, cwd: io.cwd });
  const sandbox = await startRehearsal(files.objects, {
    podIdentity: flags.podIdentityMode === undefined ? "asInstalled" : "leave",
  });
  // Only the process's output is shared with the outside: what the environment says of clusters or Azure is not looked at.
  const inside: Io = { ...io, env: {}, say: io.print, sayColumns: io.columns };
  const commandFlags: MappingFlags & { timeout: number } = {
    output: "text",
    timeout: 600,
    ...(flags.podIdentityMode ? { podIdentityMode: flags.podIdentityMode } : {}),
  };
  const world = {
    clock: sandbox.clock,
    random: () => 0.5,
    connect: async () => [sandbox.connection],
    azure: async () => sandbox.azure,
  };
  const read = async () => {
    const decisions = await decide(commandFlags, inside);
    const gathered = await gather(commandFlags, world, inside, { decisions, azure: "ask" });
    return { gathered, judgement: judge(gathered.facts, decisions) };
  };
  const style = await styleOf(io);
  const chapter = async (title: string, document?: Document) => {
    io.print(`${style.color.bold.inverse(` ${title} `)}\n`);
    if (document) io.print(`${(await textLines(document, style)).join("\n")}\n`);
  };
  const say = (sentence: string) => io.print(wrap(sentence, "", style).join("\n"));
  try {
    say(`${introduction(files, flags)}\n`);
    const unread = files.findings.filter(({ severity }) => severity === "error") as Plan["findings"];
    if (unread.length > 0) io.print(`${findingLines(unread, style).join("\n")}\n`);
    if (sandbox.refused.length > 0) io.print(`${refusedLines(sandbox.refused, style).join("\n")}\n`);
    const before = await read();
    await chapter("1. scan: who uses pod identity today", scanDocument(before.judgement, version));
    const plan = planDocument(before.judgement, version);
    await chapter("2. plan: what would be changed, and why", plan);
    await chapter("3. apply: record, write, wait for the rollout");
    const started = sandbox.clock.now();
    const { steps, refused } = compareWithPlan(plan, before.judgement);
    const carryOut = async (some: readonly Step[]) => {
      const { gathered, judgement } = before;
      const rest = { plan, gathered, flags: commandFlags, world, io: inside };
      const pace = exchangePace({}, inside.env, "apply");
      const stages: Stage[] = ["prepare", "switch"];
      const judgements = [judgement];
      const probeImage = defaultProbeImage;
      const executed = await execute({ ...rest, judgements, steps: some, stages, pace, probeImage });
      const result = runResultDocument({ plan, judgements, refused, ...executed });
      io.print("");
      io.print(`${(await textLines(result, style)).join("\n")}`);
      return result;
    };
    const first = await carryOut(steps);
    const left = steps.filter(step => first.steps.some(one => one.step === step.id && isForPeople(one)));
    let { failed } = first.summary;
    if (left.some(step => step.route === "git")) {
      say("\nNobody is here to make the changes that belong to Git: they are made now, and apply goes on.\n");
      failed += (await carryOut(merged(left))).summary.failed;
    }
    io.print(`${Math.round((sandbox.clock.now() - started) / 1000)} s of simulated time.\n`);
    const after = await read();
    const checked = { flags: { dryRunPods: true, exchange: true, quiet: true }, world, io: inside };
    await chapter("4. verify: does it work", await verification(after.judgement, after.gathered, checked));
    for (const line of leftAlone(plan)) io.print(line);
    await chapter("5. plan again: is anything left");
    // What apply refuses for want of facts, another apply would refuse too.
    const waiting = after.judgement.steps.steps.filter(step => step.route !== "live").flatMap(step => step.usages);
    const excused = new Set([...refused.map(({ usage }) => usage), ...waiting]);
    const live = after.judgement.steps.steps.filter(
      step => step.route === "live" && step.usages.some(usage => !excused.has(usage)),
    );
    io.print(
      live.length === 0
        ? style.color.green("No live step is left: a second apply would change nothing.")
        : style.color.red(`${live.length} live steps are left.`),
    );
    say("\nFor a real cluster: azwi-migrate plan --context NAME --out plan.json, then azwi-migrate apply plan.json");
    return failed > 0 || live.length > 0 ? exitCodes.failed : readingOutcome(files);
  } finally {
    await sandbox.stop();
  }
}

function isForPeople({ outcome, waitsFor }: StepResult): boolean {
  return outcome === "git" || outcome === "manual" || waitsFor !== undefined;
}

/** Steps of Git as the simulated cluster sees them once somebody has merged them; what they depended on beside is there. */
function merged(steps: readonly Step[]): Step[] {
  const ids = new Set(steps.map(step => step.id));
  return steps.map(step => {
    const dependsOn = step.dependsOn.filter(id => ids.has(id));
    return step.route === "git" ? { ...step, dependsOn, route: "live" } : { ...step, dependsOn };
  });
}

/** Why some checks fail after a good run: apply leaves alone what is blocked or needs a hand. */
function leftAlone(plan: Plan): string[] {
  const blocked = plan.mappings
    .map(mapping => ({ ...mapping, notDone: blockedFrom(mapping, "switch") }))
    .map(({ usage, notDone, notChecked }) => ({ usage, codes: notDone.length > 0 ? notDone : notChecked }))
    .filter(({ codes }) => codes.length > 0);
  const byHand = plan.steps.flatMap(step =>
    step.op === "manual" ? step.usages.map(usage => ({ usage, codes: [step.code] })) : [],
  );
  if (blocked.length + byHand.length === 0) return [];
  const lines = [...blocked, ...byHand].map(({ usage, codes }) => `  ${text(usageName(usage))} (${codes.join(", ")})`);
  return ["Failed checks are to be expected where apply does not switch pods:", ...lines, ""];
}

/** What a rehearsal cannot show, since no cluster could hold it. */
function refusedLines(refused: Rehearsal["refused"], style: Style): string[] {
  return [
    "Left out, because an API server would refuse them:",
    ...refused.flatMap(({ object: { kind, metadata }, reason }) => [
      `  ${objectName({ kind, ...metadata })}`,
      ...wrap(text(reason), "      ", style),
    ]),
  ];
}

function introduction({ source }: CollectedFiles, flags: RehearseFlags): string {
  const what = flags.filename
    ? `your manifests (${count(source.files, "file")}, ${count(source.documents, "document")})`
    : "the example shop";
  return `This is a rehearsal with ${what}, on a simulated cluster and a simulated Azure inside this process. Nothing else is touched.`;
}

/** Beside the bundle as in the sources: `examples/shop` of the package. */
function exampleShop(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 4; up++) {
    if (folder.endsWith("dist") || folder.endsWith("src")) return join(dirname(folder), "examples", "shop");
    folder = dirname(folder);
  }
  throw new CommandError("The example shop is not where the package has it");
}
