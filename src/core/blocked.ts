import type { Code, Mapping, Stage } from "./model.ts";

type Blocks = Pick<Mapping, "blockedBy" | "switchBlockedBy">;

/** What keeps a mapping from this stage. What blocks it whole blocks every stage; the rest lets stage prepare go on. */
export function blockedFrom({ blockedBy, switchBlockedBy = [] }: Blocks, stage: Stage): readonly Code[] {
  return stage === "prepare" ? blockedBy : [...blockedBy, ...switchBlockedBy];
}

/** Whether a mapping is prepared and not switched. */
export function isPrepareOnly(mapping: Blocks): boolean {
  return mapping.blockedBy.length === 0 && blockedFrom(mapping, "switch").length > 0;
}
