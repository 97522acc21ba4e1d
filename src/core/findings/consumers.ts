import type { Severity } from "./severity.ts";

/** What is told of controllers through which workloads use pod identity. */
export interface ConsumersFindings {
  "consumer-not-migrated": { consumer: string; object: string };
}

export const consumersSeverities: Readonly<Record<keyof ConsumersFindings, Severity>> = {
  "consumer-not-migrated": "error",
};
