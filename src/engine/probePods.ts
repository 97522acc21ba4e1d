import pLimit from "p-limit";
import { nameOf } from "../core/facts.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { ObjectRef, SourceId, StepOf, UndoRecord } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { probeDeadlineSeconds, probePod, whyNoProbe } from "../core/probe/probePod.ts";
import type { ProbeProof, ProbeTarget } from "../core/probe/probeTargets.ts";
import { judgeProbe, type ProbeVerdict, whyNotStarted } from "../core/probe/probeVerdict.ts";
import { applyStep } from "./applyStep.ts";
import type { Driver, EnginePorts } from "./ports.ts";
import { deleteProbe, isProbePod, sweepProbe, sweepProbes } from "./probeSweep.ts";
import { Records } from "./records.ts";
import { retrying } from "./retry.ts";

/** Probes at a time. */
const parallel = 8;
const pollMilliseconds = 1000;
/** To be scheduled, and until the kubelet has told the end. */
const patienceSeconds = probeDeadlineSeconds + 30;

export interface ProbeOptions {
  /** Names the records. */
  run: string;
  image: string;
  /** Those of the run that the probes are a part of, which has looked for earlier ones; absent: they are looked for here. */
  records?(source: SourceId): Records;
}

type Ports = Pick<EnginePorts, "cluster" | "azure" | "clock" | "random" | "signal">;

/**
 * Has a pod exchange a token from where each workload's pods will be, and deletes it again. Each is recorded before it is made,
 * so that the next run deletes what this one does not live to delete. Proofs are in the order of `targets`; never throws but for
 * a defect or where records are refused.
 */
export async function probePods(
  targets: readonly ProbeTarget[],
  ports: Ports,
  driver: Driver,
  { run, image, records: ofRun }: ProbeOptions,
): Promise<ProbeProof[]> {
  const possible = targets.filter(target => target.impossible === undefined);
  const records = new Map<SourceId, Records | ProbeVerdict>();
  for (const source of new Set(possible.map(target => target.workload.source)))
    records.set(
      source,
      ofRun?.(source).named(`${run}-probe`) ??
        (await orNotChecked(() => openedRecords(source, ports, `${run}-probe`), ports)),
    );
  if (possible.length > 0) driver.report({ event: "probes-started", pods: possible.length, seconds: patienceSeconds });
  const limit = pLimit(parallel);
  return Promise.all(
    targets.map(target =>
      limit(async (): Promise<ProbeProof> => {
        const ofSource = target.impossible === undefined ? records.get(target.workload.source) : undefined;
        const verdict =
          ofSource instanceof Records
            ? await new Probe(target, ports, ofSource).ended(image)
            : (ofSource ?? notChecked(target.impossible ?? "no records can be kept"));
        const proof = { target, ...verdict };
        driver.report({ event: "probe-ended", proof });
        return proof;
      }),
    ),
  );
}

async function openedRecords(source: SourceId, ports: Ports, run: string): Promise<Records> {
  const cluster = ports.cluster(source);
  const records = new Records(cluster, run);
  const found = await retrying(() => records.open(), ports);
  await sweepProbes(found, { cluster, records, patience: ports });
  return records;
}

/** What cannot be done with the cluster proves nothing; what else is thrown is a defect. */
async function orNotChecked<T>(
  attempt: () => Promise<T>,
  { signal }: Pick<Ports, "signal">,
): Promise<T | ProbeVerdict> {
  try {
    return await attempt();
  } catch (error) {
    if (signal.aborted) return notChecked("interrupted");
    if (!(error instanceof ApiError)) throw error;
    return notChecked(error.message);
  }
}

function isVerdict(value: KubernetesObject | ProbeVerdict): value is ProbeVerdict {
  return "evidence" in value;
}

function notChecked(evidence: string): ProbeVerdict {
  return { result: "not-checked", evidence };
}

/** One probe, from its record to its deletion. */
class Probe {
  readonly #target: ProbeTarget;
  readonly #ports: Ports;
  readonly #records: Records;

  constructor(target: ProbeTarget, ports: Ports, records: Records) {
    this.#target = target;
    this.#ports = ports;
    this.#records = records;
  }

  async ended(image: string): Promise<ProbeVerdict> {
    return orNotChecked(async () => {
      const pod = await this.#pod(image);
      if (isVerdict(pod)) return pod;
      const step = this.#step(pod);
      const record = await retrying(() => this.#records.intend(step, { object: undefined }), this.#ports);
      const verdict = await orNotChecked(() => this.#tried(step), this.#ports);
      return this.#swept(record, verdict);
    }, this.#ports);
  }

  /** Whatever has happened, Ctrl-C too: what is not deleted now is left to the next run, and to the pod's own deadline. */
  async #swept(record: UndoRecord, verdict: ProbeVerdict): Promise<ProbeVerdict> {
    try {
      await retrying(() => sweepProbe(record, { cluster: this.#cluster, records: this.#records }), this.#ports);
      return verdict;
    } catch (error) {
      if (this.#ports.signal.aborted) return verdict;
      if (!(error instanceof ApiError)) throw error;
      return { ...verdict, evidence: `${verdict.evidence}; the probe pod is left to the next run: ${error.message}` };
    }
  }

  get #cluster() {
    return this.#ports.cluster(this.#target.workload.source);
  }

  /** From the workload and the account as they are now, whole: what was collected of them is less. */
  async #pod(image: string): Promise<KubernetesObject | ProbeVerdict> {
    const { workload: ref, serviceAccount, services } = this.#target;
    const { namespace = "default" } = ref;
    const { azure, signal } = this.#ports;
    const accountRef = { apiVersion: "v1", kind: "ServiceAccount", namespace, name: serviceAccount };
    const [workload, account] = await Promise.all([
      this.#cluster.get(ref, { signal }),
      this.#cluster.get(accountRef, { signal }),
    ]);
    if (!workload) return notChecked(`there is no ${nameOf(ref)}`);
    if (!account?.metadata.uid) return notChecked(`there is no ${nameOf(accountRef)}`);
    if (!azure) return notChecked("nobody is signed in to Azure");
    const pod = probePod({
      workload,
      account: { name: serviceAccount, uid: account.metadata.uid },
      image,
      scope: azure.exchangeScope,
    });
    if (!pod) return notChecked(`${nameOf(ref)} has no pod template`);
    const refused = whyNoProbe(pod, services);
    return refused === undefined ? pod : notChecked(refused);
  }

  async #tried(step: StepOf<"create">): Promise<ProbeVerdict> {
    // The name is the workload's own: what has it is what a run left behind whose request came after its record was closed.
    await retrying(() => deleteProbe(step.target, this.#cluster), this.#ports);
    const isMade = await retrying(() => this.#make(step), this.#ports);
    return isMade ? this.#watched(step.target) : notChecked(`there is a ${nameOf(step.target)} that is no probe`);
  }

  /** Whether there is a probe now: where the answer was lost, or another operator makes the same one, it is there already. */
  async #make(step: StepOf<"create">): Promise<boolean> {
    const { signal } = this.#ports;
    try {
      await applyStep(step, { object: undefined }, this.#ports, { signal });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      return isProbePod(await this.#cluster.get(step.target, { signal }));
    }
  }

  async #watched(ref: ObjectRef): Promise<ProbeVerdict> {
    const { clock, signal } = this.#ports;
    const until = clock.now() + patienceSeconds * 1000;
    for (;;) {
      await clock.sleep(pollMilliseconds, signal);
      const pod = await retrying(() => this.#cluster.get(ref, { signal }), this.#ports);
      if (!pod) return notChecked("somebody deleted the probe pod");
      const verdict = judgeProbe(pod);
      if (verdict) return verdict;
      if (clock.now() >= until) return notChecked(whyNotStarted(pod));
    }
  }

  #step(object: KubernetesObject): StepOf<"create"> {
    const { source } = this.#target.workload;
    const { namespace, name } = object.metadata;
    const target: ObjectRef = {
      source,
      apiVersion: "v1",
      kind: "Pod",
      name,
      ...(namespace === undefined ? {} : { namespace }),
    };
    return {
      id: `${source}/${namespace ?? ""}/Pod/${name}#prepare`,
      stage: "prepare",
      dependsOn: [],
      usages: [this.#target.usage],
      route: "live",
      target,
      op: "create",
      object: object as unknown as StepOf<"create">["object"],
    };
  }
}
