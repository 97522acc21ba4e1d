import type { LabelPlacesFindings } from "../../../src/core/findings/labelPlaces.ts";

export const labelPlacesSamples: LabelPlacesFindings = {
  "label-in-selector": {},
};
