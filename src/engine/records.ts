import { createHash } from "node:crypto";
import { CommandError } from "../core/errors.ts";
import type { KubernetesObject } from "../core/kubernetes.ts";
import type { SourceId, Step, UndoRecord } from "../core/model.ts";
import type { Seen } from "../core/observe.ts";
import { ApiError, type ClusterAccess } from "../core/ports.ts";
import { observedBefore } from "./applyStep.ts";
import { joinedRecord } from "./recordsJoined.ts";
import { isUndoRecord } from "./undoRecord.ts";

export const recordsNamespace = "azwi-migrate";
export const runLabel = "azwi-migrate.dev/run";
const recordKey = "record.json";

/** Nothing is written without its record: where this user may not keep records, that ends the run and is told once. */
export class RecordsRefusedError extends CommandError {
  override name = "RecordsRefusedError";
  constructor(cause: ApiError) {
    super(`Nothing is written without a record, and records cannot be kept: ${cause.message}`, {
      cause,
      hint: `Needed: get and create on the namespace ${recordsNamespace}, and in it get, list, create and update on configmaps.`,
    });
  }
}

/** What is one in a process and cluster, whatever its records are named: the last number, and the namespace once it is made. */
interface Shared {
  seq: number;
  namespace?: Promise<void> | undefined;
}

/**
 * The records of a run in one cluster: ConfigMaps, one a step, written before the change they tell of and marked after it.
 * Azure steps are recorded in the cluster whose workload needs them.
 */
export class Records {
  readonly #cluster: ClusterAccess;
  readonly #run: string;
  readonly #shared: Shared;

  constructor(cluster: ClusterAccess, run: string, shared: Shared = { seq: 0 }) {
    this.#cluster = cluster;
    this.#run = run;
    this.#shared = shared;
  }

  /** Records of the same process under another name: numbered together with these, and found when these were opened. */
  named(run: string): Records {
    return new Records(this.#cluster, run, this.#shared);
  }

  /** Numbers go on where the last run stopped, whatever its name: an undo takes the newest first. */
  async open(): Promise<UndoRecord[]> {
    const where = { apiVersion: "v1", kind: "ConfigMap", namespace: recordsNamespace, labelSelector: runLabel };
    const found = await this.#cluster.list(where).catch(refused);
    const records = found.map(readRecord).filter(record => record !== undefined);
    this.#shared.seq = records.reduce((highest, { seq }) => Math.max(highest, seq), 0);
    return records;
  }

  /**
   * Says what is about to be written. Where this run has recorded the step before, what was there before the first time is kept;
   * gives back the record as it is kept.
   */
  async intend(step: Step, seen: Seen): Promise<UndoRecord> {
    const record: UndoRecord = {
      run: this.#run,
      seq: ++this.#shared.seq,
      state: "intent",
      step,
      observedBefore: observedBefore(step, seen),
    };
    try {
      await this.#namespaceReady();
      return await this.#write(record, left => {
        const earlier = readRecord(left);
        return earlier ? joinedRecord(earlier, record, seen) : record;
      });
    } catch (error) {
      refused(error);
    }
  }

  async markDone(record: UndoRecord): Promise<void> {
    const done: UndoRecord = { ...record, state: "done" };
    // One writer a run: whatever is there under the name is an older state of the same record.
    const existing = await this.#cluster.get(refOf(done));
    if (existing) await this.#cluster.replace(withVersionOf(recordObject(done), existing));
    else await this.#write(done, () => done);
  }

  /** Gives back what was written: the record, or where there is one under its name, what is made of both. */
  async #write(record: UndoRecord, over: (left: KubernetesObject) => UndoRecord): Promise<UndoRecord> {
    try {
      await this.#cluster.create(recordObject(record));
      return record;
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      const left = await this.#cluster.get(refOf(record));
      if (!left) throw error;
      const joined = over(left);
      await this.#cluster.replace(withVersionOf(recordObject(joined), left));
      return joined;
    }
  }

  async #namespaceReady(): Promise<void> {
    this.#shared.namespace ??= this.#ensureNamespace();
    try {
      await this.#shared.namespace;
    } catch (error) {
      // Tried again by the next who asks, not remembered as the last word.
      this.#shared.namespace = undefined;
      throw error;
    }
  }

  async #ensureNamespace(): Promise<void> {
    const ref = { apiVersion: "v1", kind: "Namespace", name: recordsNamespace };
    if (await this.#cluster.get(ref)) return;
    try {
      await this.#cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: recordsNamespace } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
    }
  }
}

function refused(error: unknown): never {
  throw error instanceof ApiError && error.status === 403 ? new RecordsRefusedError(error) : error;
}

function withVersionOf(object: KubernetesObject, existing: KubernetesObject): KubernetesObject {
  const { resourceVersion } = existing.metadata;
  return { ...object, metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
}

function nameOf({ run, step }: UndoRecord): string {
  return `${run}-${shortHash(step.id)}`;
}

function refOf(record: UndoRecord) {
  return { apiVersion: "v1", kind: "ConfigMap", namespace: recordsNamespace, name: nameOf(record) };
}

function recordObject(record: UndoRecord): KubernetesObject {
  const usages = Object.fromEntries(
    record.step.usages.map(usage => [`usage.azwi-migrate.dev/${shortHash(usage)}`, "true"]),
  );
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: nameOf(record),
      namespace: recordsNamespace,
      labels: { "app.kubernetes.io/managed-by": "azwi-migrate", [runLabel]: record.run, ...usages },
    },
    data: { [recordKey]: JSON.stringify(record) },
  };
}

/** Undefined for a ConfigMap that is none of ours, whatever its labels say. */
function readRecord(object: KubernetesObject): UndoRecord | undefined {
  const data = object.data as Record<string, unknown> | undefined;
  const text = data?.[recordKey];
  if (typeof text !== "string") return undefined;
  try {
    const record: unknown = JSON.parse(text);
    return isUndoRecord(record) && object.metadata.name === nameOf(record) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The cluster that keeps a step's record: a trust's source is that of the workload that needs it. */
export function recordSource(step: Step): SourceId {
  return step.target.source;
}
