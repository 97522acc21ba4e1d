import type { OwnershipFindings } from "../../core/findings/ownership.ts";
import type { Page } from "./page.ts";

const live =
  "To change it in the cluster all the same, give --live or set live: true for the workload in the config file.";
const managedFields =
  "https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management; gitops-engine pkg/cache/cluster.go, GetManagedLiveObjs; fluxcd/pkg ssa/manager.go, SetOwnerLabels";

export const ownershipPages: Record<keyof OwnershipFindings, Page> = {
  "object-owned": {
    what: "The object comes from Git, a chart or a program: Argo CD, Flux, Helm, Terraform or the like writes it. The step's route is git: the plan shows the change, apply does not make it.",
    why: "What such a tool sets it puts back, at once or at its next run, and pods would go back to pod identity without anybody having changed a thing. The API server keeps who manages each field, so that the plan can tell which of the changes would be put back and which would stay.",
    todo: `Apply first: it writes the federated credentials, without which a template that is merged has no token. Then make the change in the source, let it roll out, and run the same command again: the step is then done, and what depends on it goes on. ${live}`,
    source: managedFields,
  },
  "object-controlled": {
    what: "A controller makes the object from a resource of its own (a custom resource, an add-on's settings). The step's route is manual.",
    why: "Its controller makes it from that resource again and again, so that only a change there lasts. What the resource calls the service account, labels and annotations of its pods only its own documentation says.",
    todo: `Change the resource at the top of the chain of owners so that the object comes out as the plan shows it, and plan again. ${live}`,
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/",
  },
  "owned-object-patched": {
    what: "The object is patched in the cluster although another tool writes it, because --live or live: true of the config file says so.",
    why: "Fields that the owner sets come back with their old values when it writes the next time; fields that it does not set stay.",
    todo: "Pause the owner with the command that the finding names, apply, make the same change in the source, and resume it.",
    source:
      "https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/; https://fluxcd.io/flux/faq/ (how to debug kubectl edits that are undone)",
  },
  "owner-suspended": {
    what: "The Kustomization or HelmRelease that writes the object has spec.suspend: true.",
    why: "Flux does nothing for it: a change of its source is merged, and nothing happens in the cluster.",
    todo: "Find out why it is suspended, make the change in the source, and resume it.",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend",
  },
  "owner-leaves-object-alone": {
    what: "Flux applied the object once and leaves it alone since: it has kustomize.toolkit.fluxcd.io/reconcile: disabled, or /ssa: Ignore or IfNotPresent.",
    why: "A change in Git would never get to the cluster, so the step's route is live although Flux owns the object.",
    todo: "Make the same change in Git, so that it is not lost when the annotation goes or the object is made anew.",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources",
  },
  "field-set-by-hand": {
    what: "A value that is to be changed was last set by kubectl or another client that is no known owner.",
    why: "kubectl apply, run again with the old manifest, brings the old value back.",
    todo: "Find the manifest or script, and change it too: azwi-migrate plan -f shows what is to be changed in it.",
    source: "https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management",
  },
  "owner-not-checked": {
    what: "The label app.kubernetes.io/instance is how older versions of Argo CD track objects, and what every Helm chart sets. Which of the two it is could not be found out.",
    why: "Only an Application that lists the object, or the field managers of the object, can tell. If it is Argo CD's, a change in the cluster is put back.",
    todo: "Plan again with the right to list applications.argoproj.io in Argo CD's namespace. If you know that nothing puts the object back, give --live.",
    source: "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/",
  },
};
