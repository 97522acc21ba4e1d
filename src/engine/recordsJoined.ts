import { includes, isEqual, valueAt, withChanges } from "../core/changes/change.ts";
import type { Json } from "../core/kubernetes.ts";
import type { Change, StepOf, UndoRecord } from "../core/model.ts";
import type { Seen } from "../core/observe.ts";

type RecordOf<Op extends "create" | "patch"> = UndoRecord & { step: StepOf<Op> };

/**
 * One record of what a run did to an object before and of what it is about to do to it: an undo of it brings back what was there
 * before the first time. Of a run that died on the way nobody knows whether it wrote; where nothing of that is to be seen, or the
 * object is another one by now, the new record stands alone.
 */
export function joinedRecord(earlier: UndoRecord, next: UndoRecord, seen: Seen): UndoRecord {
  const object = seen !== "unknown" && "object" in seen ? seen.object : undefined;
  if (object === undefined || !isOf(next, "patch")) return next;
  if (isOf(earlier, "create")) return withLaterChanges(earlier, next, object);
  return isOf(earlier, "patch") ? withEarlierChanges(earlier, next, object) : next;
}

function isOf<Op extends "create" | "patch">(record: UndoRecord, op: Op): record is RecordOf<Op> {
  return record.step.op === op;
}

function withEarlierChanges(earlier: RecordOf<"patch">, next: RecordOf<"patch">, object: Json): UndoRecord {
  const [were, are] = [recorded(earlier), recorded(next)];
  if (!were || !are || earlier.step.target.uid !== next.step.target.uid) return next;
  const isNothingLeft = ![...were.values()].some(one => isOfTheRun(one) && isThere(one, object));
  if (earlier.state === "intent" && isNothingLeft) return next;
  const all = new Map([...were, ...are]);
  for (const [path, was] of were) {
    const is = are.get(path);
    if (is && isOfTheRun(was)) all.set(path, { change: is.change, before: was.before });
  }
  return {
    ...next,
    seq: earlier.seq,
    step: {
      ...earlier.step,
      ...next.step,
      ...together(earlier, next),
      changes: [...all.values()].map(one => one.change),
    },
    observedBefore: [...all.values()].map(one => one.before),
  };
}

/** The object as the run has made it is one that it has made still, whatever it does to it later. */
function withLaterChanges(earlier: RecordOf<"create">, next: RecordOf<"patch">, object: Json): UndoRecord {
  const { changes } = next.step;
  if (!includes(withChanges(object, changes), withChanges(earlier.step.object, changes))) return next;
  return {
    ...earlier,
    state: next.state,
    step: { ...earlier.step, ...together(earlier, next), object: withChanges(earlier.step.object, changes) },
  };
}

/** A change, and what was there when the run first came to it: null where nothing was. */
interface Recorded {
  change: Change;
  before: Json;
}

/** By path. Undefined where the values are not those of the changes. */
function recorded({ step, observedBefore }: RecordOf<"patch">): Map<string, Recorded> | undefined {
  if (!Array.isArray(observedBefore) || observedBefore.length !== step.changes.length) return undefined;
  return new Map(
    step.changes.map((change, index) => [
      JSON.stringify(change.path),
      { change, before: observedBefore[index] ?? null },
    ]),
  );
}

/** Whether the change was the run's own: what was there already, somebody else had made. */
function isOfTheRun({ change, before }: Recorded): boolean {
  return !isEqual(before, change.after ?? null);
}

function isThere({ change }: Recorded, object: Json): boolean {
  return isEqual(valueAt(object, change.path), change.after);
}

function together({ step: a }: UndoRecord, { step: b }: UndoRecord) {
  const union = (one: readonly string[], other: readonly string[]) => [...new Set([...one, ...other])];
  return { usages: union(a.usages, b.usages), dependsOn: union(a.dependsOn, b.dependsOn) };
}
