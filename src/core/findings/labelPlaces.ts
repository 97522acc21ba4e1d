import type { Severity } from "./severity.ts";

/** What is told of the places where the label aadpodidbinding hides. */
export interface LabelPlacesFindings {
  "label-in-selector": Record<string, never>;
  "label-read-by-pods": { places: string[] };
  /** `objects` are a few of them where there are `more`. */
  "label-selected-by-others": { objects: string[]; more: boolean };
}

export const labelPlacesSeverities: Readonly<Record<keyof LabelPlacesFindings, Severity>> = {
  "label-in-selector": "warning",
  "label-read-by-pods": "warning",
  "label-selected-by-others": "warning",
};
