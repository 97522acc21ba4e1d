import { type CalicoLabels, calicoEndpoints, calicoLabels } from "../egress/calicoEndpoints.ts";
import {
  ciliumAccount,
  ciliumLabels,
  labelsIn,
  namesNamespace,
  namespaceLabel,
  withoutSources,
} from "../egress/ciliumLabels.ts";
import type { PolicyPod } from "../egress/pod.ts";
import { glob } from "../glob.ts";
import { apiGroup, isRecord } from "../kubernetes.ts";
import { all, matchesSelector } from "../labelSelector.ts";
import type { FoundObject } from "../model.ts";
import { strings } from "../workloads/templateContainers.ts";

/** What a value in a policy means by service account. */
export interface AccountMeaning {
  /** Whether it means this pod, whose account is one of what it is known by; true where that cannot be judged. */
  means(pod: PolicyPod): boolean;
  /** The only accounts that it may tell from others; without a name: those of one namespace. Absent: any. */
  singlesOut?: readonly { namespace: string; name?: string }[];
  /** Where inside the value. */
  field?: string;
}

/**
 * What a value means, by the forms in which these tools write an account: the user that the API server makes of it, a SPIFFE
 * path (Istio), a name of Linkerd's identity, a reference by kind and name, and where network policies select pods the labels
 * that Calico and Cilium give them. `key`: what the value stands under, as `principals[0]`.
 */
export function accountMeaning(value: unknown, key: string, { ref }: FoundObject): AccountMeaning | undefined {
  const group = apiGroup(ref.apiVersion);
  if (group.endsWith("projectcalico.org")) return isRecord(value) ? calicoSide(value, ref.namespace) : undefined;
  if (group === "cilium.io") return isRecord(value) ? ciliumSelector(value, key, ref.namespace) : undefined;
  if (typeof value === "string") {
    if (/^(not)?principals\[/i.test(key)) return istioPrincipal(value);
    if (/^(not)?serviceAccounts\[/i.test(key)) return namedIn(...partsOf(value, ref.namespace));
    return textMeaning(value);
  }
  if (!isRecord(value)) return undefined;
  if (value.key === "source.principal") return istioCondition(value);
  // Linkerd's identityRefs and ServerAuthorization, Kyverno's subjects.
  const isReference = value.kind === "ServiceAccount" || key.startsWith("serviceAccounts[");
  if (!isReference || typeof value.name !== "string") return undefined;
  return namedIn(typeof value.namespace === "string" ? value.namespace : (ref.namespace ?? "*"), value.name);
}

const calicoFields = ["serviceAccounts", "serviceAccountSelector", "selector", "notSelector"];

/** A policy's own selectors, or one side of its rule; a namespaced policy means its own namespace where it selects none. */
function calicoSide(side: Record<string, unknown>, ownNamespace: string | undefined): AccountMeaning | undefined {
  const field = calicoFields.find(one => isAboutAccounts(one, side[one]));
  if (field === undefined) return undefined;
  const selects = calicoEndpoints(side);
  const only = side.namespaceSelector ? undefined : ownNamespace;
  return {
    field,
    means: pod => (only ?? pod.namespace) === pod.namespace && (selects(calicoLabelsOf(pod)) ?? true),
    ...(only === undefined ? {} : { singlesOut: [{ namespace: only }] }),
  };
}

/** Pods have their account as a label, and the account's own labels under `pcsa.`. */
function isAboutAccounts(field: string, value: unknown): boolean {
  if (field === "serviceAccounts") return isRecord(value);
  if (typeof value !== "string") return false;
  return field === "serviceAccountSelector" ? value !== "" : /projectcalico\.org\/serviceaccount|pcsa\./.test(value);
}

/** Cilium gives every pod its account as a label. In an egress gateway a selector of namespaces stands beside that of pods. */
function ciliumSelector(
  value: Record<string, unknown>,
  key: string,
  ownNamespace: string | undefined,
): AccountMeaning | undefined {
  const { podSelector, namespaceSelector } = value;
  const selector = isRecord(podSelector) ? podSelector : key === "podSelector" ? undefined : value;
  const label = labelsIn(selector).indexOf(ciliumAccount);
  if (!isRecord(selector) || label < 0) return undefined;
  const inLabels = isRecord(selector.matchLabels) ? Object.keys(selector.matchLabels).length : 0;
  const place = label < inLabels ? "matchLabels" : `matchExpressions[${label - inLabels}]`;
  const [ofPod, ofNamespace] = [withoutSources(selector), withoutSources(namespaceSelector ?? {})];
  const only = namesNamespace(selector) ? undefined : ownNamespace;
  return {
    field: selector === value ? place : `podSelector.${place}`,
    means: pod =>
      (only ?? pod.namespace) === pod.namespace &&
      all([
        matchesSelector(ofPod, ciliumLabelsOf(pod), key => !pod.namespaceLabels && key.startsWith(namespaceLabel)),
        matchesSelector(ofNamespace, pod.namespaceLabels, () => !pod.namespaceLabels),
      ]) !== false,
    ...(only === undefined ? {} : { singlesOut: [{ namespace: only }] }),
  };
}

const calicoLabelsOf: (pod: PolicyPod) => CalicoLabels = perPod(calicoLabels);
const ciliumLabelsOf = perPod(ciliumLabels);

/** Worked out once, however many policies are held against a pod. */
function perPod<T extends object>(compute: (pod: PolicyPod) => T): (pod: PolicyPod) => T {
  const known = new WeakMap<PolicyPod, T>();
  return pod => {
    const labels = known.get(pod) ?? compute(pod);
    known.set(pod, labels);
    return labels;
  };
}

/** `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`, with `*` at one end or alone (istio.io, AuthorizationPolicy, Source). */
function istioPrincipal(pattern: string): AccountMeaning {
  const [domain = ""] = pattern.split("/ns/");
  const trustDomain = pattern.includes("/ns/") && !domain.includes("*") ? domain : "cluster.local";
  const fits = glob(pattern);
  const [, namespace = "*", name = "*"] = /\/ns\/([^/]+)\/(?:sa\/([^/]+)$)?/.exec(pattern) ?? [];
  return {
    means: pod => fits(`${trustDomain}/ns/${pod.namespace}/sa/${pod.account.name}`),
    ...singledOut(namespace, name),
  };
}

/** A condition of a rule: one of `values`, and none of `notValues`. */
function istioCondition(condition: Record<string, unknown>): AccountMeaning {
  const values = strings(condition.values).map(istioPrincipal);
  const notValues = strings(condition.notValues).map(istioPrincipal);
  return {
    means: pod => (values.length === 0 || values.some(one => one.means(pod))) && !notValues.some(one => one.means(pod)),
    ...singledOutByEach([...values, ...notValues]),
  };
}

/** `NAMESPACE/NAME`, or a name in the policy's own namespace. */
function partsOf(text: string, ownNamespace: string | undefined): [namespace: string, name: string] {
  const slash = text.indexOf("/");
  return slash < 0 ? [ownNamespace ?? "*", text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function textMeaning(text: string): AccountMeaning | undefined {
  const spiffe = /(?:^|\/)ns\/([^/]+)\/sa\/([^/\s'"]+)/.exec(text);
  if (spiffe) return namedIn(spiffe[1], spiffe[2]);
  const linkerd = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./.exec(text);
  if (linkerd) return namedIn(linkerd[2], linkerd[1]);
  const users = [...text.matchAll(/system:serviceaccount:([a-z0-9.*-]+):([a-z0-9.*-]+)/g)];
  const named = users.map(([, namespace, name]) => namedIn(namespace, name));
  if (named.length === 0) return undefined;
  return { means: pod => named.some(one => one.means(pod)), ...singledOutByEach(named) };
}

/** `*` at an end (Istio) or anywhere (Kyverno). */
function namedIn(namespace = "", name = ""): AccountMeaning {
  const [isNamespace, isName] = [glob(namespace), glob(name)];
  return {
    means: pod => isNamespace(pod.namespace) && isName(pod.account.name),
    ...singledOut(namespace, name),
  };
}

function singledOut(namespace: string, name: string): Pick<AccountMeaning, "singlesOut"> {
  if (namespace.includes("*")) return {};
  return { singlesOut: [{ namespace, ...(name.includes("*") ? {} : { name }) }] };
}

function singledOutByEach(meanings: readonly AccountMeaning[]): Pick<AccountMeaning, "singlesOut"> {
  const accounts = meanings.flatMap(one => one.singlesOut ?? []);
  return meanings.every(one => one.singlesOut) ? { singlesOut: accounts } : {};
}
