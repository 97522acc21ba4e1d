import pLimit from "p-limit";
import { nameOf } from "../core/facts.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { ObjectRef, SourceId, StepOf } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { probeDeadlineSeconds, probePod, whyNoProbe } from "../core/probe/probePod.ts";
import type { ProbeProof, ProbeTarget } from "../core/probe/probeTargets.ts";
import { judgeProbe, type ProbeVerdict, whyNotStarted } from "../core/probe/probeVerdict.ts";
import type { Driver, EnginePorts } from "./ports.ts";
import { isProbe, sweepProbe } from "./probeSweep.ts";
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
  { run, image }: ProbeOptions,
): Promise<ProbeProof[]> {
  const possible = targets.filter(target => target.impossible === undefined);
  const records = new Map<SourceId, Records>();
  for (const source of new Set(possible.map(target => target.workload.source)))
    records.set(source, await openedRecords(source, ports, `${run}-probe`));
  const limit = pLimit(parallel);
  return Promise.all(
    targets.map(target =>
      limit(async (): Promise<ProbeProof> => {
        const ofSource = records.get(target.workload.source);
        const verdict =
          target.impossible !== undefined || !ofSource
            ? notChecked(target.impossible ?? "no records can be kept")
            : await new Probe(target, ports, ofSource).ended(image);
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
  const left = await retrying(() => records.open(), ports);
  for (const record of left) if (isProbe(record)) await sweepProbe(record, { cluster, records });
  return records;
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
    try {
      const pod = await this.#pod(image);
      return isVerdict(pod) ? pod : await this.#tried(pod);
    } catch (error) {
      if (this.#ports.signal.aborted) return notChecked("interrupted");
      if (!(error instanceof ApiError)) throw error;
      return notChecked(error.message);
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

  async #tried(pod: KubernetesObject): Promise<ProbeVerdict> {
    const record = await this.#records.intend(this.#step(pod), { object: undefined });
    let isOurs = true;
    try {
      const made = await this.#cluster.create(pod, { signal: this.#ports.signal });
      return await this.#watched(made);
    } catch (error) {
      isOurs = !(error instanceof ApiError && error.reason === "AlreadyExists");
      throw error;
    } finally {
      // Whatever has happened, Ctrl-C too: what is not deleted now is left to the next run, and to the pod's own deadline.
      if (isOurs) await sweepProbe(record, { cluster: this.#cluster, records: this.#records });
      else await this.#records.markDone(record);
    }
  }

  async #watched(made: KubernetesObject): Promise<ProbeVerdict> {
    const { clock, signal } = this.#ports;
    const { namespace, name } = made.metadata;
    const ref = { apiVersion: "v1", kind: "Pod", name, ...(namespace === undefined ? {} : { namespace }) };
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
