import { nameOf } from "./facts.ts";
import { isRecord } from "./kubernetes.ts";
import { matchesSelector } from "./labelSelector.ts";
import type { SourceId } from "./model.ts";
import { perFacts } from "./perFacts.ts";
import { bindingLabel } from "./podIdentity/match.ts";

/** Who finds pods by the old label: another object, with the test for a pod's labels. */
export interface LabelReader {
  /** `Service shop/cart`. */
  object: string;
  namespace: string | undefined;
  selects(labels: Readonly<Record<string, string>>): boolean;
}

/** Objects of a source that select pods by the old label, apart from the workloads themselves. */
export function labelReaders(facts: Parameters<typeof readersBySource>[0], source: SourceId): readonly LabelReader[] {
  return readersBySource(facts).get(source) ?? [];
}

const readersBySource = perFacts(
  facts =>
    new Map<SourceId, LabelReader[]>(
      facts.sources.map(({ id }) => [
        id,
        (["Service", "PodDisruptionBudget", "NetworkPolicy"] as const).flatMap(kind =>
          facts.objects.ofKind(id, kind).flatMap(({ ref, object }) => {
            const selectors = selectorsOf(kind, object.spec).filter(readsLabel);
            if (selectors.length === 0) return [];
            const selects: LabelReader["selects"] = labels =>
              selectors.some(selector => matchesSelector(selector, labels) !== false);
            return [{ object: nameOf(ref), namespace: kind === "NetworkPolicy" ? undefined : ref.namespace, selects }];
          }),
        ),
      ]),
    ),
);

function selectorsOf(kind: string, spec: unknown): unknown[] {
  if (!isRecord(spec)) return [];
  if (kind === "Service") return [{ matchLabels: spec.selector }];
  if (kind === "PodDisruptionBudget") return [spec.selector];
  const peers = [spec.ingress, spec.egress].flatMap(rules => (Array.isArray(rules) ? rules : [])).filter(isRecord);
  const peerSelectors = peers
    .flatMap(rule => [rule.from, rule.to])
    .flatMap(list => (Array.isArray(list) ? list : []))
    .map(peer => (isRecord(peer) ? peer.podSelector : undefined));
  return [spec.podSelector, ...peerSelectors];
}

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
    else if (key === "matchLabelKeys" && Array.isArray(inner) && inner.includes(bindingLabel)) places.push(here);
    else if (key === "fieldPath" && inner === `metadata.labels['${bindingLabel}']`) places.push(here);
    else places.push(...placesReadingLabel(inner, here, depth + 1));
  }
  return places;
}
