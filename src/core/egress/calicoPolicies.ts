import { type Facts, nameOf } from "../facts.ts";
import { matchesSelector } from "../labelSelector.ts";
import type { FoundObject } from "../model.ts";
import { compare } from "../order.ts";
import { perFacts } from "../perFacts.ts";
import { records } from "../workloads/templateContainers.ts";
import { type CalicoLabels, calicoEndpoints, calicoLabels } from "./calicoEndpoints.ts";
import { type Said, saidByRules } from "./calicoRules.ts";
import { networkPoliciesFor, networkPolicyReach } from "./networkPolicies.ts";
import type { EgressPod } from "./pod.ts";
import { byNamespace, type Restriction } from "./restriction.ts";
import type { EgressTarget } from "./target.ts";

type Wanted = "https" | "dns";
const groups = ["projectcalico.org", "crd.projectcalico.org"] as const;
const namespaced = groups.map(group => byNamespace(`NetworkPolicy.${group}`));
const global = groups.map(group => byNamespace(`GlobalNetworkPolicy.${group}`));

/** The order of tiers, and what is done with what their policies leave open; the default tier has 1000000 and denies. */
const tiersOf = perFacts(facts => {
  const tiers = new Map<string, { order: number; passes: boolean }>();
  for (const { id } of facts.sources) {
    for (const group of groups) {
      for (const { ref, object } of facts.objects.ofKind(id, `Tier.${group}`)) {
        const order = object.spec?.order;
        tiers.set(`${id}\n${ref.name}`, {
          order: typeof order === "number" ? order : Number.POSITIVE_INFINITY,
          passes: object.spec?.defaultAction === "Pass",
        });
      }
    }
  }
  return tiers;
});

interface Ordered {
  name: string;
  tier: string;
  order: number;
  says(wanted: Wanted): Said;
}

/**
 * What Calico's policies let a pod reach, those of Kubernetes among them, which Calico puts at order 1000 of the default tier:
 * tiers and in them policies in order, the first rule that is about a destination decides, and a tier whose policies select the pod
 * ends with a denial. Undefined where no policy of Calico's own is about the pod's egress.
 */
export function calicoRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): Restriction | undefined {
  const own = calicoPoliciesFor(facts, pod);
  if (own.length === 0) return undefined;
  const policies: Ordered[] = own.map(({ found: { object, ref }, isReadable }) => ({
    name: nameOf(ref),
    tier: tierOfPolicy(object),
    order: typeof object.spec?.order === "number" ? object.spec.order : Number.POSITIVE_INFINITY,
    says: wanted => (isReadable ? saidByRules(records(object.spec?.egress), wanted, pod, target) : undefined),
  }));
  for (const found of networkPoliciesFor(facts, pod)) {
    const isReadable = matchesSelector(found.object.spec?.podSelector ?? {}, pod.labels) === true;
    const reach = isReadable ? networkPolicyReach([found], pod, target) : { https: false, dns: false };
    policies.push({
      name: nameOf(found.ref),
      tier: "default",
      order: 1000,
      says: wanted => (reach[wanted] ? "allow" : undefined),
    });
  }
  const tiers = tiersOf(facts);
  const tierOf = (name: string) =>
    tiers.get(`${pod.source}\n${name}`) ?? {
      order: name === "default" ? 1_000_000 : Number.POSITIVE_INFINITY,
      passes: false,
    };
  policies.sort((a, b) => byOrder(a.order, b.order) || compare(a.name, b.name));
  const names = [...new Set(policies.map(one => one.tier))].sort(
    (a, b) => byOrder(tierOf(a).order, tierOf(b).order) || compare(a, b),
  );
  const isOpen = (wanted: Wanted) => {
    for (const tier of names) {
      const inTier = policies.filter(one => one.tier === tier).map(one => one.says(wanted));
      const said = inTier.find(one => one !== undefined) ?? (tierOf(tier).passes ? "pass" : "deny");
      if (said !== "pass") return said === "allow";
    }
    // The profile of the namespace, which allows.
    return true;
  };
  return {
    policies: policies.map(one => one.name),
    reach: { https: isOpen("https"), dns: isOpen("dns") },
  };
}

/** Whether what a tier does with what its policies leave open is about the pod; the default tier's is known without its object. */
export function needsTiers(facts: Facts, pod: EgressPod): boolean {
  return calicoPoliciesFor(facts, pod).some(({ found }) => tierOfPolicy(found.object) !== "default");
}

function tierOfPolicy({ spec }: FoundObject["object"]): string {
  return typeof spec?.tier === "string" ? spec.tier : "default";
}

/** A policy with its selectors read, once for however many pods. */
interface ReadPolicy {
  found: FoundObject;
  selects(labels: CalicoLabels): boolean | undefined;
}

const readPolicies = new WeakMap<FoundObject, ReadPolicy | "notEgress">();

function readPolicy(found: FoundObject): ReadPolicy | "notEgress" {
  const known = readPolicies.get(found);
  if (known) return known;
  const { spec } = found.object;
  const read: ReadPolicy | "notEgress" = isAboutEgress(spec)
    ? { found, selects: calicoEndpoints(spec ?? {}) }
    : "notEgress";
  readPolicies.set(found, read);
  return read;
}

/** Calico's policies on the egress of a pod, each with whether it selects the pod for sure. */
function calicoPoliciesFor(facts: Facts, pod: EgressPod): { found: FoundObject; isReadable: boolean }[] {
  const firstOf = (lists: readonly (readonly FoundObject[])[]) => lists.find(list => list.length > 0) ?? [];
  const candidates = [
    ...firstOf(global.map(of => of(facts, pod.source, undefined))),
    ...firstOf(namespaced.map(of => of(facts, pod.source, pod.namespace))),
  ];
  if (candidates.length === 0) return [];
  const labels = calicoLabels(pod);
  return candidates.flatMap(candidate => {
    const policy = readPolicy(candidate);
    const selects = policy !== "notEgress" && policy.selects(labels);
    return selects === false ? [] : [{ found: candidate, isReadable: selects === true }];
  });
}

/** Without `types` a policy is about egress where it has egress rules. */
function isAboutEgress(spec: FoundObject["object"]["spec"]): boolean {
  if (Array.isArray(spec?.types) && spec.types.length > 0) return spec.types.includes("Egress");
  return Array.isArray(spec?.egress) && spec.egress.length > 0;
}

/** Infinities do not subtract. */
function byOrder(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
