import { kindKey } from "../kubernetes.ts";
import type { ObjectRef, Step } from "../model.ts";

/** One step a target and stage. */
export function stepId(ref: ObjectRef, stage: Step["stage"]): string {
  return `${ref.source}/${ref.namespace ?? ""}/${kindKey(ref)}/${ref.name}#${stage}`;
}
