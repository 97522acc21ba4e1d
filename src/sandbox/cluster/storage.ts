import { apiVersionOf } from "./catalogue.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject } from "./object.ts";
import type { Timeline } from "./timeline.ts";

/** etcd forgets old revisions after this time (kube-apiserver --etcd-compaction-interval): continue tokens and watches expire. */
const COMPACTION_MILLISECONDS = 5 * 60_000;

/** One change, as watches see it. */
export interface Change {
  type: "ADDED" | "MODIFIED" | "DELETED";
  kind: ServedKind;
  key: string;
  object: KubernetesObject;
  previous: KubernetesObject | undefined;
  resourceVersion: number;
  time: number;
}

/** Every object, with one resourceVersion for all and the changes of the last minutes. */
export class Storage {
  readonly #timeline: Timeline;
  readonly #tables = new Map<string, Map<string, KubernetesObject>>();
  /** Every object by the uids of its owners, then by table and key. */
  readonly #owned = new Map<string, Map<string, [ServedKind, KubernetesObject]>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  #compacted = 0;
  #resourceVersion = 1000;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** The oldest resourceVersion from which watches and continued lists still work. */
  get compactedResourceVersion(): number {
    this.#compact();
    return this.#compacted;
  }

  get(kind: ServedKind, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#table(kind).get(keyOf(kind, namespace, name));
  }

  /** All objects of a kind in the order of their keys, from one namespace when it is given. Not to be changed by the caller. */
  list(kind: ServedKind, namespace?: string): KubernetesObject[] {
    return sorted([...this.#table(kind)].filter(([key]) => inNamespace(key, namespace))).map(([, object]) => object);
  }

  /** Whatever names this uid among its owners. Not to be changed by the caller. */
  ownedBy(uid: string | undefined): [ServedKind, KubernetesObject][] {
    return sorted([...(this.#owned.get(uid ?? "") ?? [])]).map(([, owned]) => owned);
  }

  /** The objects as they were at a resourceVersion that is not compacted yet, by key. */
  entries(kind: ServedKind, resourceVersion = this.#resourceVersion): [string, KubernetesObject][] {
    const table = new Map(this.#table(kind));
    for (const change of this.#history.toReversed()) {
      if (change.resourceVersion <= resourceVersion) break;
      if (tableName(change.kind) !== tableName(kind)) continue;
      if (change.previous) table.set(change.key, change.previous);
      else table.delete(change.key);
    }
    return sorted([...table]);
  }

  /** Stores a copy of the object under a new resourceVersion and returns that copy. */
  put(kind: ServedKind, object: KubernetesObject): KubernetesObject {
    const stored = copy(object);
    stored.apiVersion = apiVersionOf(kind);
    stored.kind = kind.kind;
    stored.metadata.resourceVersion = String(++this.#resourceVersion);
    const key = keyOf(kind, stored.metadata.namespace, stored.metadata.name ?? "");
    const table = this.#table(kind);
    const previous = table.get(key);
    table.set(key, stored);
    this.#index(kind, key, { previous, stored });
    this.#record(previous ? "MODIFIED" : "ADDED", kind, key, stored, previous);
    return stored;
  }

  /** Removes an object; watches see its last state under a new resourceVersion. */
  remove(kind: ServedKind, object: KubernetesObject): void {
    const key = keyOf(kind, object.metadata.namespace, object.metadata.name ?? "");
    const table = this.#table(kind);
    const previous = table.get(key);
    if (!previous) return;
    table.delete(key);
    this.#index(kind, key, { previous, stored: undefined });
    const last = copy(previous);
    last.metadata.resourceVersion = String(++this.#resourceVersion);
    this.#record("DELETED", kind, key, last, previous);
  }

  /** The changes of a kind after a resourceVersion. */
  changesAfter(kind: ServedKind, resourceVersion: number): Change[] {
    const name = tableName(kind);
    return this.#history.filter(change => change.resourceVersion > resourceVersion && tableName(change.kind) === name);
  }

  /** Calls back after every change until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #record(
    type: Change["type"],
    kind: ServedKind,
    key: string,
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
  ): void {
    const change = {
      type,
      kind,
      key,
      object,
      previous,
      resourceVersion: this.#resourceVersion,
      time: this.#timeline.now(),
    };
    this.#history.push(change);
    if (this.#history.length % 1000 === 0) this.#compact();
    for (const listener of [...this.#listeners]) listener(change);
  }

  #index(
    kind: ServedKind,
    key: string,
    { previous, stored }: { previous: KubernetesObject | undefined; stored: KubernetesObject | undefined },
  ): void {
    const place = `${tableName(kind)}/${key}`;
    for (const { uid } of previous?.metadata.ownerReferences ?? []) this.#owned.get(uid)?.delete(place);
    for (const { uid } of stored?.metadata.ownerReferences ?? []) {
      const owned = this.#owned.get(uid) ?? new Map<string, [ServedKind, KubernetesObject]>();
      this.#owned.set(uid, owned);
      if (stored) owned.set(place, [kind, stored]);
    }
  }

  #compact(): void {
    const kept = this.#history.findIndex(change => change.time > this.#timeline.now() - COMPACTION_MILLISECONDS);
    const gone = kept < 0 ? this.#history : this.#history.slice(0, kept);
    this.#compacted = gone.at(-1)?.resourceVersion ?? this.#compacted;
    this.#history = kept < 0 ? [] : this.#history.slice(kept);
  }

  #table(kind: ServedKind): Map<string, KubernetesObject> {
    const name = tableName(kind);
    const table = this.#tables.get(name) ?? new Map<string, KubernetesObject>();
    this.#tables.set(name, table);
    return table;
  }
}

function sorted<Value>(entries: [string, Value][]): [string, Value][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether a key lies in the namespace; everything does when none is given. */
export function inNamespace(key: string, namespace: string | undefined): boolean {
  return namespace === undefined || key.startsWith(`${namespace}/`);
}

function keyOf(kind: ServedKind, namespace: string | undefined, name: string): string {
  return kind.namespaced ? `${namespace ?? ""}/${name}` : name;
}

function tableName(kind: ServedKind): string {
  return `${kind.group}/${kind.plural}`;
}
