import { isRecord } from "../core/kubernetes.ts";
import { stages, type UndoRecord } from "../core/model.ts";

/** Whether what a ConfigMap holds is a record that can be looked at: anybody who may write there may have written anything. */
export function isUndoRecord(value: unknown): value is UndoRecord {
  if (!isRecord(value) || !isRecord(value.step)) return false;
  const { run, seq, state, step } = value;
  return (
    typeof run === "string" &&
    Number.isSafeInteger(seq) &&
    (state === "intent" || state === "done") &&
    typeof step.id === "string" &&
    stages.some(stage => stage === step.stage) &&
    isStrings(step.usages) &&
    isStrings(step.dependsOn) &&
    isRecord(step.target) &&
    typeof step.target.source === "string" &&
    hasWhatItDoes(step)
  );
}

function hasWhatItDoes(step: Record<string, unknown>): boolean {
  switch (step.op) {
    case "create":
      return isRecord(step.object) && isObjectRef(step.target);
    case "patch":
    case "manual":
      return isChanges(step.changes) && isObjectRef(step.target);
    case "trust":
      return isRecord(step.trust) && isRecord(step.target) && typeof step.target.principal === "string";
    case "bind": {
      const { target } = step;
      return isRecord(target) && [target.cluster, target.principal, target.name].every(one => typeof one === "string");
    }
    default:
      return false;
  }
}

function isObjectRef(target: unknown): boolean {
  return isRecord(target) && [target.apiVersion, target.kind, target.name].every(one => typeof one === "string");
}

/** A step without changes would be done whatever is there. */
function isChanges(changes: unknown): boolean {
  return (
    Array.isArray(changes) &&
    changes.length > 0 &&
    changes.every(
      change =>
        isRecord(change) &&
        Array.isArray(change.path) &&
        change.path.length > 0 &&
        change.path.every(part => typeof part === "string" || (isRecord(part) && isRecord(part.match))),
    )
  );
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every(one => typeof one === "string");
}
