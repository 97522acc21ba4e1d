import type { OwnershipFindings } from "../../../src/core/findings/ownership.ts";
import { hostile } from "./hostile.ts";

export const ownershipSamples: OwnershipFindings = {
  "object-owned": { tool: hostile, evidence: hostile },
};
