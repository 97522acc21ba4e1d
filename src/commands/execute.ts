import type { Plan } from "../core/documents/plan.ts";
import type { StepResult } from "../core/documents/runResult.ts";
import type { Stage, Step } from "../core/model.ts";
import { run } from "../engine/run.ts";
import { follow } from "./follow.ts";
import type { Gathered } from "./gather.ts";
import type { CommonFlags, Io, World } from "./io.ts";
import { runName } from "./runResult.ts";

/** What is carried out, and through what. */
export interface Execution {
  plan: Plan;
  steps: readonly Step[];
  stages: readonly Stage[];
  gathered: Pick<Gathered, "cluster" | "azure">;
  flags: Pick<CommonFlags, "quiet"> & { timeout: number };
  world: Pick<World, "clock" | "random">;
  io: Io;
}

/** Runs steps through the engine, telling what happens on standard error. */
export async function execute({ plan, steps, stages, gathered, flags, world, io }: Execution): Promise<StepResult[]> {
  const { cluster, azure } = gathered;
  const ports = { cluster, azure, clock: world.clock, signal: io.signal, random: world.random };
  const driver = await follow(flags, io);
  const tell = () =>
    io.say("Stopping: what is being written is finished, nothing more is begun. Ctrl-C again stops at once.");
  io.signal.addEventListener("abort", tell, { once: true });
  try {
    return await run(steps, ports, driver, {
      run: runName(plan),
      stages,
      sources: plan.sources.flatMap(source => (source.type === "cluster" ? [source.id] : [])),
      usages: plan.usages.map(usage => usage.id),
      parallel: 8,
      timeoutSeconds: flags.timeout,
      audience: plan.decisions.audience,
    });
  } finally {
    io.signal.removeEventListener("abort", tell);
  }
}
