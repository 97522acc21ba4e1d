import type { ReadingFindings } from "../../core/findings/reading.ts";
import type { Page } from "./page.ts";

const rbac = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";
const ownRule = "azwi-migrate: what could not be read is never guessed";

export const readingPages: Record<keyof ReadingFindings, Page> = {
  "kind-not-readable": {
    what: "The objects of a kind cannot be listed, in the whole cluster or in a namespace: a right is missing, or the API server failed.",
    why: "What depends on them is listed as not checked, and apply does not touch it: that nobody else uses a service account must be true of the whole cluster.",
    todo: "Where it is forbidden ask for the verbs get and list on the resource that is named; the README has the whole role. Where the server failed run the command again.",
    source: rbac,
  },
  "cluster-kind-not-readable": {
    what: "Objects of a kind that belongs to no namespace cannot be listed.",
    why: "Rights that end at a namespace are common. Only what needs these objects is not checked.",
    todo: "Nothing, or ask for a ClusterRole with the resource that is named.",
    source: rbac,
  },
  "more-kinds-not-readable": {
    what: "Kinds that single rules look at (policies, quotas, consumers of pod identity) cannot be listed.",
    why: "Their rules say nothing, or say that they could not look where it matters.",
    todo: "Ask for the role that the README has.",
    source: rbac,
  },
  "cluster-not-read": {
    what: "Of several contexts, one leads to no cluster that can be read: its server cannot be reached, refuses the credentials, or lets nothing be listed.",
    why: "The other clusters are read, and the exit code is 1. In this one nothing is planned or checked, and nobody there is counted. Its credentials that exist in Azure count against the limit of an identity; those that its workloads will need do not, so that a plan which fits without it may not fit with it. Where a cluster must not be missing the command ends in place of that: apply writes nothing, and with -f nobody could say which of the clusters the files are for.",
    todo: "Correct what is named and run the command again. Where identities are shared with this cluster, do that before the plan is carried out; or plan this cluster by itself later, and count over both plans with merge. Or leave its --context out.",
    source: ownRule,
  },
  "cluster-identity-unknown": {
    what: "The uid of the namespace kube-system, by which a cluster is told from others, cannot be read.",
    why: "The server's address stands in for it; two addresses of one cluster would count as two.",
    todo: "Ask for the verb get on the namespace kube-system.",
    source: rbac,
  },
  "issuer-not-readable": {
    what: "The API server does not give out its discovery document.",
    why: "The issuer in it is one third of every trust.",
    todo: "Ask for the ClusterRole system:service-account-issuer-discovery, or give --issuer.",
    source:
      "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery",
  },
  "pod-identity-not-installed": {
    what: "The cluster does not serve the kinds of AAD Pod Identity.",
    why: "Then nobody there uses it.",
    todo: "Nothing. Check the context if that surprises you.",
    source: "Azure/aad-pod-identity v1.8.17, manifest_staging/charts/aad-pod-identity/crds/crd.yaml",
  },
  "yaml-invalid": {
    what: "A file, or a document in it, is not YAML or JSON that the parser can read.",
    why: "Its objects are missing from the result; the others are not touched by that, but the exit code is 1.",
    todo: "Correct the line that is named.",
    source: "https://yaml.org/spec/1.2.2/",
  },
  "file-not-readable": {
    what: "A file could not be read from the disk.",
    why: "Its objects are missing from the result, and the exit code is 1.",
    todo: "Check its rights, or leave it out of -f.",
    source: ownRule,
  },
  "template-not-rendered": {
    what: "The file holds a template of Helm, or a placeholder that a pipeline fills in.",
    why: "What it becomes is not known here, so that nothing is made of it. It is no error.",
    todo: "Render it first: helm template, kustomize build, or the pipeline's own step, and give the result with -f.",
    source: "https://helm.sh/docs/helm/helm_template/",
  },
  "object-incomplete": {
    what: "An object lacks a field that it needs, or has one of a wrong type.",
    why: "In a kustomize base or patch that is usual; on its own the API server would refuse it.",
    todo: "Give the built manifests (kustomize build), or correct the field that is named.",
    source: "https://kubectl.docs.kubernetes.io/references/kustomize/",
  },
  "duplicate-object": {
    what: "The same object is in the files twice.",
    why: "The first one counts. Which of them the cluster would end up with depends on the order in which they are applied.",
    todo: "Give -f only what belongs to one environment, or delete one of the two.",
    source: ownRule,
  },
  "namespace-assumed": {
    what: "An object in a file names no namespace.",
    why: "It ends where kubectl's context, kustomize or Helm put it; here the one that is named is assumed, and matching depends on it.",
    todo: "Give the built manifests, or say -n NAMESPACE.",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  },
  "namespace-not-seen": {
    what: "A namespace that -n or namespaces of the config file chooses holds no object of all that was read.",
    why: "A misspelt namespace has no workloads, and that nobody in it uses pod identity would sound like good news. Every namespace of a cluster has a service account at least.",
    todo: "Correct the name, or leave it out.",
    source: ownRule,
  },
  "pod-identity-mode-assumed": {
    what: "Only files were read, and no NMI or MIC among them, or some in different modes, so that they do not say in which mode pod identity runs: standard is assumed.",
    why: "In standard mode bindings reach across namespaces; namespaced and managed mode keep them in the pod's own.",
    todo: "Say --pod-identity-mode standard, namespaced or managed, add the manifest of NMI, or join the files with a cluster: --context.",
    source: "Azure/aad-pod-identity v1.8.17, pkg/mic/mic.go, createDesiredAssignedIdentityList",
  },
  "decision-without-subject": {
    what: "The config file has an entry for a workload or an identity that is not among those that were read.",
    why: "A misspelled key decides nothing, and the workload that was meant stays as it is. A file that several clusters share has such entries by nature.",
    todo: "Check the key: NAMESPACE/KIND/NAME as scan prints it, kinds of other API groups with their group (shop/Rollout.argoproj.io/cart), identities by client id.",
    source: "azwi-migrate: config file",
  },
  "usage-since-baseline": {
    what: "A workload uses pod identity that did not when the baseline was made: it is new, or it had left.",
    why: "A migration does not end while new users come in. With --baseline, scan ends with exit code 3, so that a pipeline stops.",
    todo: "Move it to workload identity before it is deployed, or accept it by making the baseline anew: azwi-migrate scan -o json.",
    source: "azwi-migrate: exit codes",
  },
  "legacy-field-case": {
    what: "A field of a pod identity object is spelled with other capitals than the kind has it.",
    why: "Releases up to 1.5.5 read any spelling; 1.6.0 and later ignore all but the right one, so that the field is empty for them.",
    todo: "Spell it as is named, or leave it: it is read here as it was meant.",
    source: "Azure/aad-pod-identity, pkg/apis/aadpodidentity/v1/types.go at v1.5.5 and v1.6.0",
  },
};
