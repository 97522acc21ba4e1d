import type { Check } from "./check.ts";

/** Policies that name the old service account. */
export const checkAccountReferences: Check = () => ({});
