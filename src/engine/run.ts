import pLimit, { type LimitFunction } from "p-limit";
import { isAzureStep } from "../core/azure/azureHalf.ts";
import type { StepResult } from "../core/documents/runResult.ts";
import { CommandError } from "../core/errors.ts";
import { type SourceId, type Stage, type Step, type StepOf, stages, type UndoRecord } from "../core/model.ts";
import { observe, type Seen } from "../core/observe.ts";
import { ApiError } from "../core/ports.ts";
import { look } from "./applyStep.ts";
import { RunCredentials } from "./credentials.ts";
import { good, missingDependency } from "./missingDependency.ts";
import type { Driver, EnginePorts } from "./ports.ts";
import { Records, RecordsRefusedError, recordSource } from "./records.ts";
import { failureOf } from "./refusals.ts";
import { retrying } from "./retry.ts";
import { type RolloutOptions, waitForRollout } from "./rollouts.ts";
import { settleEarlier } from "./settleEarlier.ts";
import { asUnproven, resultOf, type StageVerdict } from "./stepResults.ts";
import { writeStep } from "./writeStep.ts";

export interface RunOptions extends RolloutOptions {
  /** Names the records; the same plan gives the same name, so that a run that was cut off goes on with its own. */
  run: string;
  stages: readonly Stage[];
  /** Clusters whose records are settled first, whether or not a step is left for them. */
  sources: readonly SourceId[];
  /** Whose unfinished rollouts are waited for; absent: everybody's. */
  usages?: readonly string[];
  /** Steps at a time; writes to one identity are serial whatever this is. */
  parallel: number;
  /** Looks at what a stage has left before the next one begins, also where an earlier run left it; absent: nothing is looked at. */
  afterStage?: StageCheck;
}

/**
 * Proves what a stage was for, with the run's own records for what it has to make for that. Gives verdicts by usage, for those with
 * which not all is well. Never throws but for a defect.
 */
export type StageCheck = (
  stage: Stage,
  results: ReadonlyMap<string, StepResult>,
  records: (source: SourceId) => Records,
) => Promise<ReadonlyMap<string, StageVerdict>>;

/**
 * The one loop that changes anything: stage by stage, in dependency order, each step observed, recorded, written under guard
 * and observed again. Never throws for a step: how each ended is in its result, in the order of `steps`. Behind them come
 * rollouts that an earlier run began and did not see to their end.
 */
export async function run(
  steps: readonly Step[],
  ports: EnginePorts,
  driver: Driver,
  options: RunOptions,
): Promise<StepResult[]> {
  const execution = new Run(steps, ports, driver, options);
  let leftOver: readonly Step[] = [];
  try {
    leftOver = await execution.settle(options.sources);
  } catch (error) {
    // An abort shows in every step's result below.
    if (!ports.signal.aborted) throw error;
  }
  const last = Math.max(...options.stages.map(stage => stages.indexOf(stage)));
  for (const stage of stages.slice(0, last + 1)) {
    const isIncluded = options.stages.includes(stage);
    const ofStage = [...steps, ...leftOver].filter(step => isIncluded && step.stage === stage);
    if (ofStage.length > 0) driver.report({ event: "stage-started", stage, steps: ofStage.length });
    const ended = await Promise.allSettled(ofStage.map(step => execution.execute(step)));
    // What ends the whole run must not leave the other steps writing after it has been given up.
    const defect = ended.find(one => one.status === "rejected");
    if (defect) throw defect.reason;
    if (options.afterStage && !ports.signal.aborted) {
      const records = (source: SourceId) => execution.recordsOf(source);
      execution.heed(await options.afterStage(stage, execution.results, records));
    }
  }
  return [...steps, ...leftOver].flatMap(step => {
    const result = execution.results.get(step.id);
    return result ? [result] : [];
  });
}

class Run {
  readonly results = new Map<string, StepResult>();
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #ports: EnginePorts;
  readonly #driver: Driver;
  readonly #options: RunOptions;
  readonly #parallel: LimitFunction;
  /** Undefined where nobody is signed in. */
  readonly #credentials: RunCredentials | undefined;
  /** What steps reach: the cluster as it is, Azure through the run's credentials. */
  readonly #reach: Pick<EnginePorts, "cluster" | "azure" | "clock" | "signal">;
  /** Steps that have been begun, each to be waited for by those that depend on it. */
  readonly #begun = new Map<string, Promise<void>>();
  readonly #records = new Map<string, Records>();
  readonly #verdicts = new Map<string, StageVerdict>();
  /** Records of steps that are written but not yet seen to the end, by step id. */
  readonly #open = new Map<string, UndoRecord>();

  constructor(steps: readonly Step[], ports: EnginePorts, driver: Driver, options: RunOptions) {
    this.#steps = new Map(steps.map(step => [step.id, step]));
    this.#ports = ports;
    this.#driver = driver;
    this.#options = options;
    this.#parallel = pLimit(options.parallel);
    this.#credentials = ports.azure && new RunCredentials(ports.azure, ports);
    this.#reach = { ...ports, azure: this.#credentials?.access };
  }

  /** Gives back the rollouts of earlier runs that are still to be seen to their end, where no step of this run does that. */
  async settle(sources: readonly SourceId[]): Promise<Step[]> {
    for (const source of sources) {
      const rollouts = await settleEarlier(source, {
        cluster: this.#ports.cluster(source),
        records: this.recordsOf(source),
        seen: step => this.#seen(step),
        patience: this.#ports,
      });
      for (const record of rollouts) this.#open.set(record.step.id, record);
    }
    const { usages } = this.#options;
    return [...this.#open.values()]
      .map(record => record.step)
      .filter(step => !this.#steps.has(step.id) && step.usages.some(usage => usages?.includes(usage) ?? true));
  }

  /** What the steps of these usages come to from now on. */
  heed(verdicts: ReadonlyMap<string, StageVerdict>): void {
    for (const [usage, verdict] of verdicts) this.#verdicts.set(usage, verdict);
  }

  /** Carries out a step after those begun before it that it depends on; what a plan has the other way round is not waited for. */
  execute(step: Step): Promise<void> {
    const before = step.dependsOn.flatMap(id => this.#begun.get(id) ?? []);
    const begun = Promise.all(before).then(() => this.#execute(step));
    this.#begun.set(step.id, begun);
    return begun;
  }

  async #execute(step: Step): Promise<void> {
    const result = await this.#inTurn(step, async (): Promise<StepResult> => {
      if (this.#ports.signal.aborted) return resultOf(step, "interrupted", "stopped before this step");
      this.#driver.report({ event: "step-started", step });
      try {
        if (!this.#steps.has(step.id)) return await this.#seeToItsEnd(step);
        const verdicts = step.usages.flatMap(usage => this.#verdicts.get(usage) ?? []);
        const stop = verdicts.find(({ outcome }) => outcome === "stopped");
        if (stop) return resultOf(step, "stopped", stop.message);
        const missing = await missingDependency(step, {
          steps: this.#steps,
          results: this.results,
          stages: this.#options.stages,
          isDone: async one => observe(one, await this.#seen(one)) === "done",
        });
        // People may do a step of theirs together with another one, but not before what this run has to do for it.
        const isHeldUp = missing && (step.route === "live" || !missing.waitsFor);
        if (isHeldUp) return { ...resultOf(step, "stopped", missing.message), ...missing.waitsFor };
        return asUnproven(await this.#carryOut(step, await this.#write(step)), verdicts);
      } catch (error) {
        if (this.#ports.signal.aborted) return resultOf(step, "interrupted", "stopped during this step");
        if (error instanceof RecordsRefusedError) throw error;
        if (!(error instanceof ApiError || error instanceof CommandError)) throw error;
        return resultOf(step, "failed", await failureOf(step, error, this.#ports.azure));
      }
    });
    this.results.set(step.id, result);
    this.#driver.report({ event: "step-ended", step, result });
  }

  #inTurn<T>(step: Step, carryOut: () => Promise<T>): Promise<T> {
    // AKS writes its own credential to the identity while it makes a binding.
    if (isAzureStep(step) && this.#credentials) return this.#credentials.inTurn(step.target.principal, carryOut);
    return this.#parallel(carryOut);
  }

  /** Looks at a step that is not being carried out. */
  async #seen(step: Step): Promise<Seen> {
    return retrying(() => look(step, this.#reach), this.#ports, {
      tell: (error, seconds) => this.#tellRetry(step, error, seconds),
    });
  }

  /** A record is no plan: what an earlier run wrote is waited for where it still stands, and never written again. */
  async #seeToItsEnd(step: Step): Promise<StepResult> {
    if (observe(step, await this.#seen(step)) === "done") return this.#carryOut(step, resultOf(step, "done"));
    return resultOf(step, "drifted", "an earlier run wrote it, and somebody has changed it since");
  }

  async #carryOut(step: Step, written: StepResult): Promise<StepResult> {
    if (!good.includes(written.outcome) || step.op !== "patch" || step.stage !== "switch") return written;
    if (!step.restartsPods) return { ...written, outcome: "unproven", message: unprovenReason(step) };
    const rollout = await waitForRollout(step, this.#ports, this.#driver, this.#options);
    const outcome = rollout.outcome === "applied" ? written.outcome : rollout.outcome;
    const record = this.#open.get(step.id);
    if (record && good.includes(outcome)) await this.recordsOf(recordSource(step)).markDone(record);
    return resultOf(step, outcome, rollout.message);
  }

  async #write(step: Step): Promise<StepResult> {
    const { result, record } = await writeStep(step, {
      reach: this.#reach,
      credentials: this.#credentials,
      records: () => this.recordsOf(recordSource(step)),
      patience: this.#ports,
      tell: (error, seconds) => this.#tellRetry(step, error, seconds),
    });
    if (record) this.#open.set(step.id, record);
    return result;
  }

  #tellRetry(step: Step, { message, status }: ApiError, seconds: number): void {
    this.#driver.report({ event: "step-retried", step, message, seconds, ...(status === 429 && { throttled: true }) });
  }

  /** The records of this run in a cluster. */
  recordsOf(source: SourceId): Records {
    const known = this.#records.get(source);
    if (known) return known;
    const records = new Records(this.#ports.cluster(source), this.#options.run);
    this.#records.set(source, records);
    return records;
  }
}

/** Why nobody can see yet that a written template works. */
function unprovenReason({ target }: StepOf<"patch">): string {
  if (target.kind === "CronJob") return "its next run shows it";
  return "its running pods keep the old template until they are deleted";
}
