import type { ConsumersFindings } from "../../../src/core/findings/consumers.ts";
import { hostile } from "./hostile.ts";

export const consumersSamples: ConsumersFindings = {
  "consumer-not-migrated": { consumer: hostile, object: hostile },
};
