import { unpreparedReason } from "../core/exchange/exchangeSubjects.ts";
import type { Stage, Step } from "../core/model.ts";
import type { ProbeProof, ProbeTarget } from "../core/probe/probeTargets.ts";
import { usagesToProve } from "./exchangeAfterPrepare.ts";
import type { Driver, EnginePorts } from "./ports.ts";
import { type ProbeOptions, probePods } from "./probePods.ts";
import type { StageCheck } from "./run.ts";
import type { StageVerdict } from "./stepResults.ts";

export interface ProbesAfterPrepare extends Omit<ProbeOptions, "records"> {
  /** Of all usages of the run that are to be probed. */
  targets: readonly ProbeTarget[];
  steps: readonly Step[];
  stages: readonly Stage[];
}

/**
 * After the exchange by ourselves, one by a pod in the workload's place: nobody is switched whose pods would not reach the
 * authority host. Every proof is put into `proofs`.
 */
export function probeAfterPrepare(
  exchange: StageCheck,
  about: ProbesAfterPrepare,
  { ports, driver, proofs }: { ports: EnginePorts; driver: Driver; proofs: ProbeProof[] },
): StageCheck {
  return async (stage, results, records) => {
    const verdicts = new Map(await exchange(stage, results, records));
    if (stage !== "prepare" || ports.signal.aborted) return verdicts;
    const usages = usagesToProve(about, results);
    const goingOn = about.targets.filter(
      ({ usage }) => usages.has(usage) && verdicts.get(usage)?.outcome !== "stopped",
    );
    // As for the exchange: who needs what is missing is told which stage to run first.
    const isTried = ({ isPrepared }: ProbeTarget) => about.stages.includes("prepare") || isPrepared;
    for (const target of goingOn.filter(one => one.isNeeded && !isTried(one)))
      verdicts.set(target.usage, { outcome: "stopped", message: `no probe was made: ${unpreparedReason}` });
    const targets = goingOn.filter(isTried);
    if (targets.length === 0) return verdicts;
    const found = await probePods(targets, ports, driver, { ...about, records });
    proofs.push(...found);
    for (const proof of found) {
      const { usage, isOneIdentity } = proof.target;
      const verdict = verdictOf(proof);
      if (verdict) verdicts.set(usage, verdict);
      else if (isOneIdentity) verdicts.delete(usage);
    }
    return verdicts;
  };
}

/** Undefined where the pod exchanged its token. */
function verdictOf({ target, result, evidence }: ProbeProof): StageVerdict | undefined {
  if (result === "passed") return undefined;
  if (result === "failed") return { outcome: "stopped", message: evidence };
  const message = `the probe pod proved nothing: ${evidence}`;
  return { outcome: target.isNeeded ? "stopped" : "unproven", message };
}
