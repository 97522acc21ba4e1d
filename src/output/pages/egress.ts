import type { EgressFindings } from "../../core/findings/egress.ts";
import type { Page } from "./page.ts";

const authority =
  "With pod identity a pod asked 169.254.169.254 and NMI, on the host's network, asked Entra. With workload identity the pod itself exchanges its token at the authority host on port 443, also where the proxy sidecar does it, which is in the pod.";

export const egressPages: Record<keyof EgressFindings, Page> = {
  "egress-unproven": {
    what: "Policies restrict the egress of the pods, and none of their rules provably allows the authority host on port 443 (TCP) and a name server on port 53 (UDP).",
    why: `${authority} A pod that cannot get there gets no token, and its application fails after the switch. Stage prepare goes on; the switch waits.`,
    todo: "Add a rule: for NetworkPolicy an ipBlock that covers the host's addresses (0.0.0.0/0 does), for Cilium toFQDNs with matchName and a DNS rule, for Calico an Allow before the Deny, for Istio a ServiceEntry. Rules on named ports, single addresses or layer 7 prove nothing. Or plan with --probe-pods: a pod like theirs tries it before the switch. If the pods reach it all the same, say egress: accepted for the workload in the config file.",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  },
  "egress-to-be-probed": {
    what: "Policies do not provably let the workload's pods reach the authority host, or could not be read, and --probe-pods (or probePods in the config file) asks for a probe. At the end of stage prepare a pod with the workload's labels, node selection, security context and new service account exchanges one token, and is deleted again.",
    why: `${authority} A pod in the same place is evidence where reading policies is not.`,
    todo: "Nothing, if the probe pod may run: it needs the right to create and delete pods in the workload's namespace, and an image with a shell and curl (--probe-image for closed registries). It is never ready, so that no Service sends it traffic, and belongs to its service account, so that no controller adopts it. A PodDisruptionBudget in percent that selects it allows no eviction while it runs, for three minutes at the most.",
    source:
      "azwi-migrate: --probe-pods; https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate",
  },
  "egress-accepted": {
    what: "The config file says egress: accepted for this workload, so policies that restrict it do not block it.",
    why: "Some policies allow what cannot be read out of them: a firewall's names, a proxy inside the cluster, addresses of a private endpoint.",
    todo: "Nothing before the switch. If pods get no token afterwards, look here first: error messages then name a timeout or a name that cannot be resolved.",
    source: "azwi-migrate: the config file's decisions for a workload",
  },
  "egress-allowed": {
    what: "Policies restrict the egress of the pods, and their rules allow the authority host and a name server.",
    why: authority,
    todo: "Nothing. Firewalls beyond the cluster, routes and network security groups are not seen from inside it.",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  },
  "egress-rerouted": {
    what: "The pods' traffic leaves through an egress gateway or a service mesh.",
    why: "A gateway changes the address that the traffic comes from, and a mesh may allow known hosts only (Istio: meshConfig.outboundTrafficPolicy, in a ConfigMap that is not read). What stands behind them was never asked to let the authority host through.",
    todo: "Look at the gateway's and the mesh's own configuration, and try it from a pod: curl -sS https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration.",
    source: "https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/",
  },
  "egress-through-proxy": {
    what: "Containers have HTTP_PROXY, HTTPS_PROXY or ALL_PROXY set, which Azure's SDKs obey.",
    why: "On the path sdk the token is asked through that proxy. On the path proxy the application's request to 169.254.169.254 must not go there, while the sidecar, which has none of these variables, asks the authority host directly.",
    todo: "Path sdk: let the authority host through at the proxy. Path proxy: name 169.254.169.254 in NO_PROXY, and allow the pods to reach the authority host without the proxy; where that cannot be, use the path sdk.",
    source: "Azure/azure-workload-identity, pkg/webhook/webhook.go, injectProxySidecarContainer",
  },
  "egress-not-checked": {
    what: "The cluster has policies of a kind that may restrict egress, and they cannot be listed.",
    why: authority,
    todo: "Plan again with the right to list them (the reader's role names all kinds), or say egress: accepted for the workload in the config file.",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
  },
};
