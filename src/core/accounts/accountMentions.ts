import type { PolicyPod } from "../egress/pod.ts";
import { type Facts, nameOf } from "../facts.ts";
import type { ReadKind } from "../kinds.ts";
import { isRecord, kindKey, type PodTemplate } from "../kubernetes.ts";
import type { FoundObject, SourceId, Usage } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { policyKinds } from "../policyKinds.ts";
import { type AccountMeaning, accountMeaning } from "./accountMeaning.ts";

const policy = (group: string, kind: string, plural: string, namespaced = true): ReadKind => ({
  group,
  kind,
  plural,
  namespaced,
});

const admission = "admissionregistration.k8s.io";
/** Of the network policies' kinds; Kubernetes' own knows no service accounts. */
const knowAccounts = ["cilium.io", "projectcalico.org", "crd.projectcalico.org"];

/** Kinds that let in, keep out or judge by service account. */
export const accountPolicyKinds: readonly ReadKind[] = [
  policy("security.istio.io", "AuthorizationPolicy", "authorizationpolicies"),
  policy("networking.istio.io", "DestinationRule", "destinationrules"),
  policy("networking.istio.io", "ServiceEntry", "serviceentries"),
  policy("policy.linkerd.io", "MeshTLSAuthentication", "meshtlsauthentications"),
  policy("policy.linkerd.io", "AuthorizationPolicy", "authorizationpolicies"),
  policy("policy.linkerd.io", "ServerAuthorization", "serverauthorizations"),
  ...policyKinds.filter(({ group, kind }) => kind.endsWith("Policy") && knowAccounts.includes(group)),
  policy("kyverno.io", "Policy", "policies"),
  policy("kyverno.io", "ClusterPolicy", "clusterpolicies", false),
  policy("kyverno.io", "PolicyException", "policyexceptions"),
  policy("policies.kyverno.io", "ValidatingPolicy", "validatingpolicies", false),
  policy("policies.kyverno.io", "MutatingPolicy", "mutatingpolicies", false),
  policy("policies.kyverno.io", "PolicyException", "policyexceptions"),
  policy(admission, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false),
  {
    ...policy(admission, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false),
    fields: ["webhooks"],
  },
];

/** How they are called where objects are looked up; webhooks that mutate are read for their own sake. */
export const accountPolicyKindKeys: readonly string[] = [
  ...accountPolicyKinds,
  { group: admission, kind: "MutatingWebhookConfiguration" },
].map(({ group, kind }) => kindKey({ apiVersion: `${group}/v1`, kind }));

/** One place of a policy that means service accounts, with the test whether it means a pod by its account. */
export interface AccountMention extends Pick<AccountMeaning, "means"> {
  /** `AuthorizationPolicy shop/allow-cart`. */
  object: string;
  field: string;
}

/** Who is known to policies by another account: each object once, with the first place that makes the difference. */
export interface ChangedMentions {
  /** They mean the account that is left and not the next. */
  lost: AccountMention[];
  /** They mean the next account alone. What is in `lost` is not told again: who lets a policy mean both adds to it. */
  gained: AccountMention[];
}

/** Which policies a workload's pods come out of, and come under, where they go from their account to another. */
export function changedMentions(
  facts: Facts,
  usage: Usage,
  { template, to }: { template: PodTemplate | undefined; to: string },
): ChangedMentions {
  const { source, namespace = "default" } = usage.workload;
  const known = facts.objects.find(source, "Namespace", undefined, namespace)?.object.metadata;
  const podOf = (name: string): PolicyPod => ({
    source,
    namespace,
    labels: template?.metadata?.labels ?? {},
    namespaceLabels: known && { ...known.labels, "kubernetes.io/metadata.name": namespace },
    account: {
      name,
      labels: facts.objects.find(source, "ServiceAccount", namespace, name)?.object.metadata.labels ?? {},
    },
  });
  const [old, next] = [podOf(usage.serviceAccount), podOf(to)];
  const [lost, gained] = [new Map<string, AccountMention>(), new Map<string, AccountMention>()];
  const index = mentionsBySource(facts).get(source);
  for (const key of [keyOf(namespace, usage.serviceAccount), keyOf(namespace, to), keyOf(namespace), keyOf()]) {
    for (const mention of index?.get(key) ?? []) {
      const before = mention.means(old);
      if (before === mention.means(next)) continue;
      const changed = before ? lost : gained;
      if (!changed.has(mention.object)) changed.set(mention.object, mention);
    }
  }
  return { lost: [...lost.values()], gained: [...gained.values()].filter(({ object }) => !lost.has(object)) };
}

/** By the accounts that they single out, by namespace, and the rest: with ten thousand policies few are about a workload. */
const mentionsBySource = perFacts(
  facts =>
    new Map<SourceId, ReadonlyMap<string, readonly AccountMention[]>>(
      facts.sources.map(({ id }) => {
        const index = new Map<string, AccountMention[]>();
        const found = accountPolicyKindKeys.flatMap(kind => facts.objects.ofKind(id, kind));
        for (const { singlesOut, ...mention } of found.flatMap(mentionsIn)) {
          for (const key of new Set(singlesOut?.map(one => keyOf(one.namespace, one.name)) ?? [keyOf()])) {
            const list = index.get(key);
            if (list) list.push(mention);
            else index.set(key, [mention]);
          }
        }
        return [id, index];
      }),
    ),
);

function keyOf(namespace = "", name = ""): string {
  return `${namespace}\n${name}`;
}

function mentionsIn(found: FoundObject): (AccountMention & Pick<AccountMeaning, "singlesOut">)[] {
  const mentions: ReturnType<typeof mentionsIn> = [];
  const object = nameOf(found.ref);
  // A CiliumNetworkPolicy may have a list of specs instead of one.
  for (const root of ["spec", "specs", "webhooks"]) {
    walk(found.object[root], { path: root, key: root, depth: 0 }, (value, path, key) => {
      const meaning = accountMeaning(value, key, found);
      if (meaning) mentions.push({ ...meaning, object, field: meaning.field ? `${path}.${meaning.field}` : path });
    });
  }
  return mentions;
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
