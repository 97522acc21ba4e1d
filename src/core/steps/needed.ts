import type { Step } from "../model.ts";

/** What one mapping needs to become fact: what is left to do, and the ids of what is done already. */
export interface Needed {
  steps: Step[];
  done: string[];
}
