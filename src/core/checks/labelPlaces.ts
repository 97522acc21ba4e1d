import type { Check } from "./check.ts";

/** Places beside the template that read the old label. */
export const checkLabelPlaces: Check = () => ({});
