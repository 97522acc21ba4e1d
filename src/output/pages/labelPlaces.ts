import type { LabelPlacesFindings } from "../../core/findings/labelPlaces.ts";
import type { Page } from "./page.ts";

export const labelPlacesPages: Record<keyof LabelPlacesFindings, Page> = {
  "label-in-selector": {
    what: "The workload's own spec.selector asks for the label aadpodidbinding.",
    why: "Selectors of Deployments, StatefulSets, DaemonSets and ReplicaSets are immutable, and the template must match them: without the label the API server refuses the template.",
    todo: "Leave the label: on its own it does nothing once the bindings are gone. Or delete the workload with --cascade=orphan and create it with another selector.",
    source: "kubernetes/kubernetes, pkg/apis/apps/validation/validation.go, ValidateDeploymentUpdate",
  },
  "label-read-by-pods": {
    what: "The pod template reads the label aadpodidbinding in a topology spread constraint, in pod (anti-)affinity, or through the Downward API.",
    why: "Taking the label out would change where pods are placed, or empty a variable, without any error.",
    todo: "Move these places to another label before cleanup; prepare and switch leave the label alone.",
    source: "Azure/azure-key-vault-to-kubernetes charts (AAD_POD_BINDING_LABEL) and manifests seen in the wild",
  },
  "label-selected-by-others": {
    what: "A Service, PodDisruptionBudget or NetworkPolicy, or another workload's affinity or topology spreading, chooses the pods by the label aadpodidbinding or by its absence.",
    why: "Taking the label out would take the pods out of the Service, the budget or the policy, or bring them under it; the other workload's pods would be placed elsewhere, or nowhere. None of that is an error.",
    todo: "Give these objects another selector before cleanup; prepare and switch leave the label alone.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api",
  },
};
