import { isRecord } from "./kubernetes.ts";
import { bindingLabel } from "./podIdentity/match.ts";

/** Whether a structured label selector asks for the old label at all. */
export function readsLabel(selector: unknown): boolean {
  if (!isRecord(selector)) return false;
  const { matchLabels, matchExpressions } = selector;
  return (
    (isRecord(matchLabels) && Object.hasOwn(matchLabels, bindingLabel)) ||
    (Array.isArray(matchExpressions) && matchExpressions.some(one => isRecord(one) && one.key === bindingLabel))
  );
}

/** The places below a value where a `labelSelector` asks for the old label, or a fieldRef reads it, as paths. */
export function placesReadingLabel(value: unknown, path: string, depth = 0): string[] {
  // No field of a pod is nested so deep; a foreign template may be.
  if (depth > 200) return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => placesReadingLabel(item, `${path}[${index}]`, depth + 1));
  if (!isRecord(value)) return [];
  const places: string[] = [];
  for (const [key, inner] of Object.entries(value)) {
    const here = `${path}.${key}`;
    if (key === "labelSelector" && readsLabel(inner)) places.push(here);
    else if (/^(mis)?matchLabelKeys$/.test(key) && Array.isArray(inner) && inner.includes(bindingLabel))
      places.push(here);
    else if (key === "fieldPath" && inner === `metadata.labels['${bindingLabel}']`) places.push(here);
    else places.push(...placesReadingLabel(inner, here, depth + 1));
  }
  return places;
}
