import type { Severity } from "./severity.ts";

/** What is told of the places where the label aadpodidbinding hides. */
export interface LabelPlacesFindings {
  "label-in-selector": Record<string, never>;
}

export const labelPlacesSeverities: Readonly<Record<keyof LabelPlacesFindings, Severity>> = {
  "label-in-selector": "warning",
};
