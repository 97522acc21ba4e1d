import { type Facts, nameOf } from "../facts.ts";
import { isRecord } from "../kubernetes.ts";
import { matchesSelector } from "../labelSelector.ts";
import type { FoundObject } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { records } from "../workloads/templateContainers.ts";
import { ciliumLabels, namesNamespace, withoutSources } from "./ciliumLabels.ts";
import { ciliumDenies, ciliumReach } from "./ciliumRules.ts";
import type { EgressPod } from "./pod.ts";
import { byNamespace, type Reach, type Restriction } from "./restriction.ts";
import type { EgressTarget } from "./target.ts";

const namespaced = byNamespace("CiliumNetworkPolicy.cilium.io");
const clusterwide = byNamespace("CiliumClusterwideNetworkPolicy.cilium.io");
/** Whether anything of Cilium has to be looked at: most clusters have none. */
const hasCilium = perFacts(facts =>
  facts.sources.some(
    ({ id }) =>
      facts.objects.ofKind(id, "CiliumNetworkPolicy.cilium.io").length > 0 ||
      facts.objects.ofKind(id, "CiliumClusterwideNetworkPolicy.cilium.io").length > 0,
  ),
);

/** A restriction of Cilium, with what it denies whatever other policies allow. */
export interface CiliumRestriction extends Restriction {
  /** Whether anything is denied that no rule allows. */
  isolates: boolean;
  denied: Reach;
}

/**
 * What Cilium's policies let a pod reach (cilium, pkg/policy/api/rule_validation.go:Sanitize): a rule with `egress` or `egressDeny`
 * denies all else, unless `enableDefaultDeny.egress` is false. Undefined where no rule is about the pod's egress.
 */
export function ciliumRestriction(facts: Facts, pod: EgressPod, target: EgressTarget): CiliumRestriction | undefined {
  if (!hasCilium(facts)) return undefined;
  const found = [...namespaced(facts, pod.source, pod.namespace), ...clusterwide(facts, pod.source, undefined)];
  if (found.length === 0) return undefined;
  const labels = ciliumLabels(pod);
  const concerned = found.flatMap(egressRules).flatMap(one => {
    const selects = matchesSelector(one.selector, labels);
    return selects === false ? [] : [{ ...one, isReadable: selects === true }];
  });
  if (concerned.length === 0) return undefined;
  const readable = concerned.filter(one => one.isReadable);
  return {
    policies: [...new Set(concerned.map(one => one.name))],
    isolates: concerned.some(({ rule: { enableDefaultDeny } }) =>
      isRecord(enableDefaultDeny) ? enableDefaultDeny.egress !== false : true,
    ),
    reach: ciliumReach(
      readable.flatMap(({ rule }) => records(rule.egress)),
      pod,
      target,
    ),
    denied: ciliumDenies(
      concerned.flatMap(({ rule }) => records(rule.egressDeny)),
      pod,
      target,
    ),
  };
}

interface EgressRule {
  /** Of the policy. */
  name: string;
  rule: Record<string, unknown>;
  selector: unknown;
}

const known = new WeakMap<FoundObject, EgressRule[]>();

/** The rules of a policy about pods' egress, read once for however many pods. A rule for nodes is none for pods. */
function egressRules(found: FoundObject): EgressRule[] {
  const rules =
    known.get(found) ??
    [found.object.spec, ...records(found.object.specs)]
      .filter(isRecord)
      .filter(rule => rule.endpointSelector !== undefined)
      .filter(rule => records(rule.egress).length + records(rule.egressDeny).length > 0)
      .map(rule => ({
        name: nameOf(found.ref),
        rule: inNamespace(rule, found.ref.namespace),
        selector: withoutSources(rule.endpointSelector),
      }));
  known.set(found, rules);
  return rules;
}

/**
 * As Cilium reads it: endpoints that name no namespace are those of the policy's own; a clusterwide policy has none, and means all
 * (pkg/k8s/apis/cilium.io/utils/utils.go:getEndpointSelector).
 */
function inNamespace(rule: Record<string, unknown>, namespace: string | undefined): Record<string, unknown> {
  if (namespace === undefined) return rule;
  const ofNamespace = (selector: Record<string, unknown>) =>
    namesNamespace(selector)
      ? selector
      : {
          ...selector,
          matchLabels: {
            ...(isRecord(selector.matchLabels) ? selector.matchLabels : {}),
            "k8s:io.kubernetes.pod.namespace": namespace,
          },
        };
  const read = (entries: unknown) =>
    records(entries).map(entry =>
      Array.isArray(entry.toEndpoints) ? { ...entry, toEndpoints: records(entry.toEndpoints).map(ofNamespace) } : entry,
    );
  return { ...rule, egress: read(rule.egress), egressDeny: read(rule.egressDeny) };
}
