import type { CheckedUsage } from "../checks/check.ts";
import { type Facts, nameOf } from "../facts.ts";
import { matchesSelector } from "../labelSelector.ts";
import { containersOf, records } from "../workloads/templateContainers.ts";
import { ciliumLabels, withoutSources } from "./ciliumLabels.ts";
import { isInIstio, isInLinkerd } from "./meshes.ts";
import type { EgressPod } from "./pod.ts";

const staticGateway = "kubernetes.azure.com/static-gateway-configuration";
const calicoGateway = "egress.projectcalico.org/selector";

/** What the pod's egress goes through, beside what may deny it: gateways change the source address, meshes have a configuration of their own. */
export function detoursOf(facts: Facts, pod: EgressPod): string[] {
  const labels = ciliumLabels(pod);
  const gateways = facts.objects
    .ofKind(pod.source, "CiliumEgressGatewayPolicy.cilium.io")
    .filter(({ object: { spec } }) =>
      records(spec?.selectors).some(({ podSelector, namespaceSelector }) => {
        const isInNamespace =
          namespaceSelector === undefined ||
          matchesSelector(withoutSources(namespaceSelector), pod.namespaceLabels ?? {});
        return isInNamespace === true && matchesSelector(withoutSources(podSelector ?? {}), labels) === true;
      }),
    );
  return [
    ...gateways.map(one => nameOf(one.ref)),
    ...[staticGateway, calicoGateway]
      .filter(key => pod.annotations[key] !== undefined)
      .map(key => `annotation ${key}: ${pod.annotations[key]}`),
    ...(isInIstio(pod) ? ["Istio, whose mesh-wide outboundTrafficPolicy is not read"] : []),
    ...(isInLinkerd(facts, pod) ? ["Linkerd"] : []),
  ];
}

/** The variables with which containers send requests through a proxy, and whether NO_PROXY leaves something out. */
export function proxyVariables({ template }: Pick<CheckedUsage, "template">): {
  places: string[];
  leavesOut: string[];
} {
  const containers = containersOf(template);
  const named = (pattern: RegExp) =>
    containers.flatMap(({ name, env }) =>
      env.filter(one => pattern.test(one.name)).map(one => ({ name, variable: one })),
    );
  return {
    places: named(/^(https?|all)_proxy$/i).map(({ name, variable }) => `${name}: env ${variable.name}`),
    leavesOut: [
      ...new Set(
        named(/^no_proxy$/i).flatMap(({ variable }) => (variable.value ?? "").split(",").map(one => one.trim())),
      ),
    ].filter(one => one !== ""),
  };
}
