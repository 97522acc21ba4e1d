import { calicoSelector } from "../egress/calicoSelector.ts";
import { nameOf } from "../facts.ts";
import { glob } from "../glob.ts";
import type { ReadKind } from "../kinds.ts";
import { isRecord, kindKey } from "../kubernetes.ts";
import type { FoundObject, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { policyKinds } from "../policyKinds.ts";

const policy = (group: string, kind: string, plural: string, namespaced = true): ReadKind => ({
  group,
  kind,
  plural,
  namespaced,
});

/** Kinds that let in, keep out or judge by service account. */
export const accountPolicyKinds: readonly ReadKind[] = [
  policy("security.istio.io", "AuthorizationPolicy", "authorizationpolicies"),
  policy("networking.istio.io", "DestinationRule", "destinationrules"),
  policy("policy.linkerd.io", "MeshTLSAuthentication", "meshtlsauthentications"),
  policy("policy.linkerd.io", "AuthorizationPolicy", "authorizationpolicies"),
  policy("policy.linkerd.io", "ServerAuthorization", "serverauthorizations"),
  // Calico's and Cilium's: Kubernetes' own knows no service accounts.
  ...policyKinds.filter(({ group, kind }) => kind.endsWith("NetworkPolicy") && group !== "networking.k8s.io"),
  policy("kyverno.io", "Policy", "policies"),
  policy("kyverno.io", "ClusterPolicy", "clusterpolicies", false),
  policy("admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
];

/** How they are called where objects are looked up. */
export const accountPolicyKindKeys: readonly string[] = accountPolicyKinds.map(({ group, kind }) =>
  kindKey({ apiVersion: `${group}/v1`, kind }),
);

export interface Account {
  namespace: string;
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** One place of a policy that means service accounts, with the test whether it means this one. */
export interface AccountMention {
  /** `AuthorizationPolicy shop/allow-cart`. */
  object: string;
  field: string;
  means(account: Account): boolean;
}

/** Every place of a source where a policy means service accounts. */
export function accountMentions(facts: Parameters<typeof mentionsBySource>[0], source: SourceId) {
  return mentionsBySource(facts).get(source) ?? [];
}

const mentionsBySource = perFacts(
  facts =>
    new Map<SourceId, readonly AccountMention[]>(
      facts.sources.map(({ id }) => [
        id,
        accountPolicyKindKeys.flatMap(kind => facts.objects.ofKind(id, kind)).flatMap(mentionsIn),
      ]),
    ),
);

function mentionsIn({ ref, object }: FoundObject): AccountMention[] {
  const mentions: AccountMention[] = [];
  const name = nameOf(ref);
  // A CiliumNetworkPolicy may have a list of specs instead of one.
  for (const root of ["spec", "specs"]) {
    walk(object[root], { path: root, key: root, depth: 0 }, (value, field, key) => {
      const means = meaningOf(value, key, ref.namespace);
      if (means) mentions.push({ object: name, field, means });
    });
  }
  return mentions;
}

type Means = AccountMention["means"];

/**
 * What a value means, by the forms in which these tools write an account: the user that the API server makes of it, a SPIFFE
 * path (Istio), a name of Linkerd's identity, Cilium's label, a reference by kind and name, Calico's names and selectors.
 */
function meaningOf(value: unknown, key: string, ownNamespace: string | undefined): Means | undefined {
  if (typeof value === "string") {
    if (/^(not)?principals\[/i.test(key)) return istioPrincipal(value);
    if (/^(not)?serviceAccounts\[/i.test(key)) return namedIn(...partsOf(value, ownNamespace));
    if (key === "serviceAccountSelector") return calicoAccounts(value);
    if (key === "selector") return calicoEndpoints(value);
    return textMeaning(value);
  }
  if (!isRecord(value)) return undefined;
  // Linkerd's identityRefs and ServerAuthorization, Kyverno's subjects.
  const isReference = value.kind === "ServiceAccount" || key.startsWith("serviceAccounts[");
  if (isReference && typeof value.name === "string") {
    const namespace = typeof value.namespace === "string" ? value.namespace : (ownNamespace ?? "*");
    return namedIn(namespace, value.name);
  }
  if (key === "serviceAccounts") {
    const names: readonly unknown[] = Array.isArray(value.names) ? value.names : [];
    const selected = typeof value.selector === "string" ? calicoAccounts(value.selector) : undefined;
    return account =>
      (ownNamespace ?? account.namespace) === account.namespace &&
      (names.includes(account.name) || (selected?.(account) ?? false));
  }
  return ciliumLabels(value, ownNamespace);
}

const ciliumAccount = /^(?:(?:k8s|any)[:.])?io\.cilium\.k8s\.policy\.serviceaccount$/;
const ciliumNamespace = /^(?:(?:k8s|any)[:.])?io\.kubernetes\.pod\.namespace$/;

/** Cilium gives every pod its account as a label: by value, or in an expression. */
function ciliumLabels(value: Record<string, unknown>, ownNamespace: string | undefined): Means | undefined {
  if (typeof value.key === "string" && ciliumAccount.test(value.key) && Array.isArray(value.values)) {
    const { values } = value;
    return ({ name }) => values.includes(name);
  }
  const entries = Object.entries(value);
  const account = entries.find(([label]) => ciliumAccount.test(label))?.[1];
  if (typeof account !== "string") return undefined;
  const namespace = entries.find(([label]) => ciliumNamespace.test(label))?.[1] ?? ownNamespace ?? "*";
  return namedIn(String(namespace), account);
}

/** `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`, with `*` at one end or alone (istio.io, AuthorizationPolicy, Source). */
function istioPrincipal(pattern: string): Means {
  const [domain = ""] = pattern.split("/ns/");
  const trustDomain = pattern.includes("/ns/") && !domain.includes("*") ? domain : "cluster.local";
  const fits = glob(pattern);
  return ({ namespace, name }) => fits(`${trustDomain}/ns/${namespace}/sa/${name}`);
}

/** `NAMESPACE/NAME`, or a name in the policy's own namespace. */
function partsOf(text: string, ownNamespace: string | undefined): [namespace: string, name: string] {
  const slash = text.indexOf("/");
  return slash < 0 ? [ownNamespace ?? "*", text] : [text.slice(0, slash), text.slice(slash + 1)];
}

function textMeaning(text: string): Means | undefined {
  const spiffe = /(?:^|\/)ns\/([^/]+)\/sa\/([^/\s'"]+)/.exec(text);
  if (spiffe) return namedIn(spiffe[1], spiffe[2]);
  const linkerd = /^([^.]+)\.([^.]+)\.serviceaccount\.identity\./.exec(text);
  if (linkerd) return namedIn(linkerd[2], linkerd[1]);
  const users = [...text.matchAll(/system:serviceaccount:([a-z0-9.*-]+):([a-z0-9.*-]+)/g)];
  const named = users.map(([, namespace, name]) => namedIn(namespace, name));
  return named.length > 0 ? account => named.some(means => means(account)) : undefined;
}

/** `*` at an end (Istio) or anywhere (Kyverno). */
function namedIn(namespace = "", name = ""): Means {
  const [isNamespace, isName] = [glob(namespace), glob(name)];
  return account => isNamespace(account.namespace) && isName(account.name);
}

/** Calico selects accounts by their labels, their name among them; what cannot be read is taken to mean every account. */
function calicoAccounts(selector: string): Means {
  const selects = calicoSelector(selector);
  return ({ labels, name }) => selects({ ...labels, "projectcalico.org/name": name }) ?? true;
}

/** Pods have their account as a label for Calico, and the account's own labels under `pcsa.`. Other selectors mean nobody by account. */
function calicoEndpoints(selector: string): Means | undefined {
  if (!/projectcalico\.org\/serviceaccount|pcsa\./.test(selector)) return undefined;
  const selects = calicoSelector(selector);
  return ({ labels, name }) => {
    const ofAccount = Object.fromEntries(Object.entries(labels).map(([key, value]) => [`pcsa.${key}`, value]));
    return selects({ ...ofAccount, "projectcalico.org/serviceaccount": name }) ?? true;
  };
}

/** The server's JSON may be nested deeper than the call stack reaches; no policy has its accounts so deep. */
const deepest = 200;

interface Place {
  path: string;
  key: string;
  depth: number;
}

/** Depth first, each value with the path to it and the key it stands under. */
function walk(
  value: unknown,
  { path, key, depth }: Place,
  visit: (value: unknown, path: string, key: string) => void,
): void {
  visit(value, path, key);
  if (depth === deepest) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      walk(item, { path: `${path}[${index}]`, key: `${key}[${index}]`, depth: depth + 1 }, visit);
  } else if (isRecord(value)) {
    for (const [name, inner] of Object.entries(value))
      walk(inner, { path: `${path}.${name}`, key: name, depth: depth + 1 }, visit);
  }
}
