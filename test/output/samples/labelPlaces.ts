import type { LabelPlacesFindings } from "../../../src/core/findings/labelPlaces.ts";
import { hostile } from "./hostile.ts";

export const labelPlacesSamples: LabelPlacesFindings = {
  "label-in-selector": {},
  "label-read-by-pods": { places: [hostile] },
  "label-selected-by-others": { objects: [hostile], more: true },
};
