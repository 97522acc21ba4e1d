import { clusterSource, type Facts, nameOf } from "./facts.ts";
import { isRecord, kindKey, type PodTemplate } from "./kubernetes.ts";
import { readsLabel } from "./labelPlaces.ts";
import { matchesSelector } from "./labelSelector.ts";
import type { ObjectRef, SourceId } from "./model.ts";
import { namespaceLabelsOf } from "./namespaceLabels.ts";
import { compare } from "./order.ts";
import { perFacts } from "./perFacts.ts";
import { bindingLabel } from "./podIdentity/match.ts";
import { records, strings } from "./workloads/templateContainers.ts";
import { workloadsOf } from "./workloads/workloads.ts";

type Labels = Readonly<Record<string, string>>;

/** Pods that somebody chooses by their labels, in the namespaces that are named and in those that a selector chooses. */
interface Choice {
  by: ObjectRef;
  selector: unknown;
  namespaces: readonly string[];
  namespaceSelector?: unknown;
}

/**
 * The objects that choose pods of this workload by the old label, or by its absence, so that they choose otherwise once it is gone:
 * `Service shop/cart`. Of other workloads it is their affinity and spreading; its own is another matter. Ten thousand may look for
 * one value, for each of its workloads: `atMost` tell as much as all.
 */
export function readersOfLabel(facts: Facts, workload: ObjectRef, labels: Labels, atMost: number): string[] {
  const { source, namespace = "default" } = workload;
  const { [bindingLabel]: label = "", ...without } = labels;
  const found = facts.objects.find(source, "Namespace", undefined, namespace);
  // Files need not have the namespace that they are for.
  const ofNamespace = found || clusterSource(facts, source) ? namespaceLabelsOf(facts, source, namespace) : undefined;
  const isIn = ({ namespaces, namespaceSelector }: Choice) =>
    namespaces.includes(namespace) ||
    (isRecord(namespaceSelector) && (!ofNamespace || matchesSelector(namespaceSelector, ofNamespace) !== false));
  const differs = ({ selector }: Choice) => {
    if (asksForOthers(selector, labels)) return false;
    const [before, after] = [matchesSelector(selector, labels), matchesSelector(selector, without)];
    return before !== after || before === undefined;
  };
  const choices = choicesBySource(facts).get(source);
  const objects = new Set<string>();
  for (const where of [namespace, any]) {
    for (const choice of [label, any].flatMap(value => choices?.get(keyOf(where, value)) ?? [])) {
      if (objects.size === atMost) break;
      if (isIn(choice) && differs(choice) && !isSame(choice.by, workload)) objects.add(nameOf(choice.by));
    }
  }
  return [...objects].sort(compare);
}

/** Whether another label than the old one rules these pods out, with and without that: most selectors are told by this alone. */
function asksForOthers(selector: unknown, labels: Labels): boolean {
  if (!isRecord(selector) || !isRecord(selector.matchLabels)) return false;
  const { matchLabels } = selector;
  for (const key in matchLabels) {
    const wanted = matchLabels[key];
    if (key !== bindingLabel && typeof wanted === "string" && wanted !== labels[key]) return true;
  }
  return false;
}

/** In the place of a namespace or a value; no name has it. */
const any = "*";

function keyOf(namespace: string, value: string): string {
  return `${namespace}\n${value}`;
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return kindKey(a) === kindKey(b) && a.namespace === b.namespace && a.name === b.name;
}

/** By namespace and value of the label: ten thousand workloads may each read their own. */
const choicesBySource = perFacts(
  facts => new Map<SourceId, ReadonlyMap<string, Choice[]>>(facts.sources.map(({ id }) => [id, choicesIn(facts, id)])),
);

function choicesIn(facts: Facts, source: SourceId): ReadonlyMap<string, Choice[]> {
  const byKey = new Map<string, Choice[]>();
  const ofObjects = Object.entries(choicesOfKinds).flatMap(([kind, choicesOf]) =>
    facts.objects.ofKind(source, kind).flatMap(({ ref, object }) => choicesOf(ref, { ...object.spec })),
  );
  const ofWorkloads = workloadsOf(facts, source).flatMap(({ found, templates }) =>
    templates.flatMap(template => choicesOfTemplate(found.ref, template)),
  );
  for (const choice of [...ofObjects, ...ofWorkloads].filter(one => readsLabel(one.selector))) {
    for (const namespace of isRecord(choice.namespaceSelector) ? [any] : choice.namespaces) {
      for (const value of valuesIn(choice.selector)) {
        const key = keyOf(namespace, value);
        const list = byKey.get(key);
        if (list) list.push(choice);
        else byKey.set(key, [choice]);
      }
    }
  }
  return byKey;
}

/** The values of the label that a selector names; where it asks whether the label is there, or cannot be read, any. */
function valuesIn(selector: unknown): Set<string> {
  const { matchLabels, matchExpressions }: Record<string, unknown> = isRecord(selector) ? selector : {};
  const plain = isRecord(matchLabels) && Object.hasOwn(matchLabels, bindingLabel) ? [matchLabels[bindingLabel]] : [];
  const inSets = records(matchExpressions)
    .filter(({ key }) => key === bindingLabel)
    .flatMap(({ operator, values }): unknown[] =>
      (operator === "In" || operator === "NotIn") && Array.isArray(values) && values.length > 0 ? values : [any],
    );
  return new Set([...plain, ...inSets].map(value => (typeof value === "string" ? value : any)));
}

const choicesOfKinds: Readonly<Record<string, (ref: ObjectRef, spec: Record<string, unknown>) => Choice[]>> = {
  Service: (by, { selector }) => [{ by, selector: { matchLabels: selector }, namespaces: [own(by)] }],
  PodDisruptionBudget: (by, { selector }) => [{ by, selector, namespaces: [own(by)] }],
  NetworkPolicy: (by, { podSelector, ingress, egress }) => [
    { by, selector: podSelector, namespaces: [own(by)] },
    ...[...records(ingress).map(rule => rule.from), ...records(egress).map(rule => rule.to)]
      .flatMap(records)
      .map(peer => inNamespaces(by, { ...peer, labelSelector: peer.podSelector })),
  ],
};

/** What a template's affinity and spreading look for; a spread counts the pods of its own namespace. */
function choicesOfTemplate(by: ObjectRef, { metadata, spec }: PodTemplate): Choice[] {
  const { affinity, topologySpreadConstraints }: Record<string, unknown> = { ...spec };
  const terms = ["podAffinity", "podAntiAffinity"].flatMap(kind => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: required,
      preferredDuringSchedulingIgnoredDuringExecution,
    } = isRecord(affinity) && isRecord(affinity[kind]) ? affinity[kind] : {};
    const preferred = records(preferredDuringSchedulingIgnoredDuringExecution).map(one => one.podAffinityTerm);
    return [...records(required), ...preferred.filter(isRecord)];
  });
  const labels = metadata?.labels ?? {};
  return [
    ...terms.map(term => inNamespaces(by, { ...term, labelSelector: withOwnValues(term, labels) })),
    ...records(topologySpreadConstraints).map(one => inNamespaces(by, { labelSelector: withOwnValues(one, labels) })),
  ];
}

/** `namespaces` and `namespaceSelector` of PodAffinityTerm and NetworkPolicyPeer: where neither is set, it is the own namespace. */
function inNamespaces(
  by: ObjectRef,
  { labelSelector, namespaces, namespaceSelector }: Record<string, unknown>,
): Choice {
  const named = strings(namespaces);
  return isRecord(namespaceSelector)
    ? { by, selector: labelSelector, namespaces: named, namespaceSelector }
    : { by, selector: labelSelector, namespaces: named.length > 0 ? named : [own(by)] };
}

/** The server makes requirements of these keys, with the values that the pod itself has (pkg/registry/core/pod/strategy.go). */
function withOwnValues(
  { labelSelector, matchLabelKeys, mismatchLabelKeys }: Record<string, unknown>,
  labels: Labels,
): unknown {
  if (!isRecord(labelSelector)) return labelSelector;
  const requirements = (keys: unknown, operator: string) =>
    strings(keys)
      .filter(key => Object.hasOwn(labels, key))
      .map(key => ({ key, operator, values: [labels[key]] }));
  const added = [...requirements(matchLabelKeys, "In"), ...requirements(mismatchLabelKeys, "NotIn")];
  return added.length === 0
    ? labelSelector
    : { ...labelSelector, matchExpressions: [...records(labelSelector.matchExpressions), ...added] };
}

function own({ namespace = "default" }: ObjectRef): string {
  return namespace;
}
