import type { Check } from "./check.ts";

/** Consumers that still use pod identity through this workload. */
export const checkConsumers: Check = () => ({});
