import type { Severity } from "./severity.ts";

/** What is told of the places where the label aadpodidbinding hides. */
export interface LabelPlacesFindings {
  "label-in-selector": Record<string, never>;
  "label-read-by-pods": { places: string[] };
  /** `objects` are the first few of `count`. */
  "label-selected-by-others": { objects: string[]; count: number };
}

export const labelPlacesSeverities: Readonly<Record<keyof LabelPlacesFindings, Severity>> = {
  "label-in-selector": "warning",
  "label-read-by-pods": "warning",
  "label-selected-by-others": "warning",
};
