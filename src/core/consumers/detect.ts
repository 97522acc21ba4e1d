import { type Facts, nameOf } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import { kindKey } from "../kubernetes.ts";
import type { FileLocation, Finding, FoundObject, ObjectRef, Source, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { workloadsOf } from "../workloads/workloads.ts";
import { changedFields } from "./changedFields.ts";
import type { ConsumerUse, ConsumerView } from "./consumer.ts";
import { consumers } from "./registry.ts";

/** A use with its id among usages, and every place where its object stands. */
export interface DetectedUse extends ConsumerUse {
  id: string;
  locations: FileLocation[];
}

export type SettingsElsewhere = Extract<Finding, { code: "consumer-settings-elsewhere" }>;

/** What stands between a workload and its switch. */
export interface Awaited {
  /** Everything through which its pods ask for tokens, whatever its state. */
  uses: DetectedUse[];
  /** Settings that nobody can read here. */
  elsewhere: SettingsElsewhere[];
  /** Kinds that could not be read, as `kindKey` names them. */
  unread: string[];
}

/** Who uses pod identity through somebody else, in all sources. */
export interface DetectedConsumers {
  /** Sorted by id. Two of one object have one id: it names two identities. */
  uses: readonly DetectedUse[];
  findings: readonly Finding[];
  awaitedBy(workload: ObjectRef): Readonly<Awaited>;
}

const known = new WeakMap<readonly Usage[], DetectedConsumers>();

/** Asks every consumer about every source, once for the usages that were found: mappings and documents share it. */
export function detectConsumers(facts: Facts, usages: readonly Usage[]): DetectedConsumers {
  const detected = known.get(usages) ?? new Detection(facts, usages).result();
  known.set(usages, detected);
  return detected;
}

class Detection {
  readonly #facts: Facts;
  readonly #usages: ReadonlyMap<string, Usage>;
  readonly #uses: DetectedUse[] = [];
  readonly #findings: Finding[] = [];
  readonly #awaited = new Map<string, Awaited>();
  readonly #inCluster = new Map<string, DetectedUse[]>();

  constructor(facts: Facts, usages: readonly Usage[]) {
    this.#facts = facts;
    this.#usages = new Map(usages.map(usage => [keyOf(usage.workload), usage]));
  }

  result(): DetectedConsumers {
    // Clusters come first: a file that holds an object of the cluster is one more place of the same use.
    const sources = [...this.#facts.sources].sort((a, b) => compare(a.type, b.type) || compare(a.id, b.id));
    for (const source of sources) this.#read(source);
    for (const use of this.#uses)
      if (isUntold(use, one => this.#usages.get(keyOf(one)))) this.#findings.push(told(use));
    const nothing: Awaited = { uses: [], elsewhere: [], unread: [] };
    return {
      uses: this.#uses.sort((a, b) => compare(a.id, b.id)),
      findings: this.#findings,
      awaitedBy: workload => this.#awaited.get(keyOf(workload)) ?? nothing,
    };
  }

  #read(source: Source): void {
    const told = new Set<FoundObject>();
    const view: ConsumerView = {
      facts: this.#facts,
      source: source.id,
      workloads: workloadsOf(this.#facts, source.id),
      usageOf: workload => this.#usages.get(keyOf(workload)),
      isTold: object => told.has(object),
    };
    for (const consumer of consumers) {
      const { uses, findings, unread = [] } = consumer.detect(view);
      for (const use of uses) {
        told.add(use.object);
        this.#addUse(use, source);
      }
      for (const one of findings) this.#addFinding(one);
      for (const { kind, askedBy } of unread) for (const one of askedBy) this.#awaitedBy(one).unread.push(kind);
    }
  }

  #addUse(use: ConsumerUse, { type }: Source): void {
    const { ref, location } = use.object;
    const name = keyOf({ ...ref, source: "" });
    const twins = type === "files" ? this.#inCluster.get(name) : undefined;
    const detected = twins ?? [{ ...use, id: idOf(ref), locations: location ? [location] : [] }];
    // A workload that is in files alone waits for the cluster's object too.
    for (const workload of use.askedBy) this.#awaitedBy(workload).uses.push(...detected);
    if (twins) {
      for (const { locations } of twins) if (location && !locations.includes(location)) locations.push(location);
      return;
    }
    this.#uses.push(...detected);
    if (type === "cluster") this.#inCluster.set(name, [...(this.#inCluster.get(name) ?? []), ...detected]);
  }

  /** What a mapping waits for is told with it, as long as nobody says that it was seen to. */
  #addFinding(one: Finding): void {
    const usage = one.subject && this.#usages.get(keyOf(one.subject));
    if (one.code === "consumer-settings-elsewhere" && usage && usage.principals.length > 0)
      this.#awaitedBy(usage.workload).elsewhere.push(one);
    else this.#findings.push(one);
  }

  #awaitedBy(workload: ObjectRef): Awaited {
    const key = keyOf(workload);
    const awaited = this.#awaited.get(key) ?? { uses: [], elsewhere: [], unread: [] };
    this.#awaited.set(key, awaited);
    return awaited;
  }
}

/** Whether no mapping waits for it that would say so. */
function isUntold({ state, follows, askedBy }: ConsumerUse, usageOf: ConsumerView["usageOf"]): boolean {
  const isAwaited = (ref: ObjectRef) => (usageOf(ref)?.principals.length ?? 0) > 0;
  return state === "legacy" && follows !== "pods" && !askedBy.some(isAwaited);
}

function told({ consumer, object, changes, usedBy = [], askedBy }: ConsumerUse): Finding {
  const about = { subject: object.ref, ...(object.location ? { at: object.location } : {}) };
  const names = { usedBy: usedBy.map(nameOf), askedBy: askedBy.map(nameOf) };
  return finding("consumer-uses-pod-identity", about, { consumer, fields: changedFields(changes), ...names });
}

function idOf(ref: ObjectRef): string {
  return `${ref.source}/${ref.namespace ?? ""}/${kindKey(ref)}/${ref.name}`;
}

function keyOf(ref: ObjectRef): string {
  return [ref.source, kindKey(ref), ref.namespace ?? "", ref.name].join("\n");
}
