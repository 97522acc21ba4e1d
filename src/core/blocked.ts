import type { Code, Mapping, Stage } from "./model.ts";

type Blocks = Pick<Mapping, "blockedBy" | "switchBlockedBy">;

/** What keeps a mapping from this stage. What blocks it whole blocks every stage; the rest lets stage prepare go on. */
export function blockedFrom({ blockedBy, switchBlockedBy = [] }: Blocks, stage: Stage): readonly Code[] {
  return stage === "prepare" ? blockedBy : [...blockedBy, ...switchBlockedBy];
}

/** A workload that is prepared and not switched, and why. */
export interface Held {
  usage: string;
  switchBlockedBy: Code[];
}

/** The workloads of these mappings that stop before stage switch. */
export function heldOf(mappings: readonly (Blocks & Pick<Mapping, "usage">)[]): Held[] {
  return mappings
    .filter(isPrepareOnly)
    .map(mapping => ({ usage: mapping.usage, switchBlockedBy: [...blockedFrom(mapping, "switch")] }));
}

/** Whether a mapping is not carried out to its end. */
export function isBlocked(mapping: Blocks): boolean {
  return blockedFrom(mapping, "switch").length > 0;
}

/** Whether a mapping is prepared and not switched. */
export function isPrepareOnly(mapping: Blocks): boolean {
  return mapping.blockedBy.length === 0 && isBlocked(mapping);
}
