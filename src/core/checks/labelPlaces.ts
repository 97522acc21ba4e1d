import type { Finding } from "../findings/codes.ts";
import { finding } from "../findings/codes.ts";
import { placesReadingLabel, readsLabel } from "../labelPlaces.ts";
import { readersOfLabel } from "../labelReaders.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import type { Check } from "./check.ts";

/** So many objects are named for one workload. */
const shown = 5;

/**
 * Places beside the template's labels where the old label is read. The plan leaves the label where it is, so that none of them
 * breaks; they are what stands in the way of taking it out at the end.
 */
export const checkLabelPlaces: Check = ({ facts, usage, workload, template }) => {
  const about = { subject: usage.workload };
  const labels = template?.metadata?.labels ?? {};
  if (!Object.hasOwn(labels, bindingLabel)) return {};
  const reasons: Finding[] = [];
  const { selector } = workload.spec ?? {};
  // A ReplicationController's selector is a plain map.
  if (readsLabel(selector) || readsLabel({ matchLabels: selector }))
    reasons.push(finding("label-in-selector", about, {}));
  const places = placesReadingLabel(template?.spec, "spec");
  if (places.length > 0) reasons.push(finding("label-read-by-pods", about, { places }));
  const objects = readersOfLabel(facts, usage.workload, labels, shown + 1);
  if (objects.length > 0) {
    const more = objects.length > shown;
    reasons.push(finding("label-selected-by-others", about, { objects: objects.slice(0, shown), more }));
  }
  return { reasons };
};
