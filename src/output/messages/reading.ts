import type { ReadingFindings } from "../../core/findings/reading.ts";
import { shell, text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of reading clusters and files. */
export const readingMessages: Pick<Messages, keyof ReadingFindings> = {
  "kind-not-readable": {
    title: "A kind of object cannot be read",
    explain: ({ kind, resource, apiGroup, namespace, reason, hint }) =>
      `${text(kind)} objects cannot be listed ${namespace === undefined ? "in the cluster" : `in namespace ${text(namespace)}`} (${text(reason)}), so what depends on them is not checked. ` +
      (hint !== undefined
        ? text(hint)
        : `Needed: verb list on resource ${text(resource)} of API group "${text(apiGroup)}" in a ${namespace === undefined ? "ClusterRole" : "Role"} that is bound to you.`),
  },
  "cluster-kind-not-readable": {
    title: "A kind of object of the cluster cannot be read",
    explain: ({ kind, resource, apiGroup, reason }) =>
      `${text(kind)} objects, which belong to no namespace, cannot be listed (${text(reason)}), so what depends on them is not checked. ` +
      `Needed: verb list on resource ${text(resource)} of API group "${text(apiGroup)}" in a ClusterRole that is bound to you.`,
  },
  "more-kinds-not-readable": {
    title: "Kinds that some rules look at cannot be read",
    explain: ({ kinds, reason }) =>
      `${listed(kinds)} objects cannot be listed everywhere (${text(reason)}): what they would tell of policies, quotas and other users of pod identity is not known. The role in the README has the right to list them.`,
  },
  "cluster-not-read": {
    title: "A cluster cannot be read",
    explain: ({ context, reason, hint }) =>
      `The cluster of context ${text(context)} was left out: ${text(reason.replace(/\.$/, ""))}. ` +
      `${hint === undefined ? `Ask for the role that \`azwi-migrate scan --context ${shell(context)}\` prints.` : text(hint)} ` +
      "The others were read. In this one nothing is planned or checked, and the credentials that its workloads will need are not counted against the limits of identities.",
  },
  "cluster-identity-unknown": {
    title: "The cluster cannot be identified",
    explain: ({ reason }) =>
      `The uid of namespace kube-system, by which a cluster is known under all its context names, cannot be read (${text(reason)}); its address is used instead. Grant get on that namespace before plans from other machines or contexts are compared with this one.`,
  },
  "issuer-not-readable": {
    title: "The token issuer of the cluster cannot be read",
    explain: ({ reason }) =>
      `/.well-known/openid-configuration of the API server gave no issuer (${text(reason)}). Grant the ClusterRole system:service-account-issuer-discovery, or give --issuer with exactly what "az aks show --query oidcIssuerProfile.issuerUrl" prints.`,
  },
  "pod-identity-not-installed": {
    title: "AAD Pod Identity is not installed",
    explain: ({ context }) =>
      `The API server of context ${text(context)} does not know aadpodidentity.k8s.io/v1: there is nothing to migrate here.`,
  },
  "yaml-invalid": {
    title: "Not valid YAML",
    explain: ({ reason }) =>
      `This document cannot be read: ${text(reason)}. Correct it; all other documents and files have been read.`,
  },
  "file-not-readable": {
    title: "A file cannot be read",
    explain: ({ reason }) =>
      `It was left out: ${text(reason)}. Correct that (its permissions, where its link leads), or remove it.`,
  },
  "template-not-rendered": {
    title: "A template that has not been rendered",
    explain: ({ kind, text: found }) =>
      `It contains ${text(found)}, which ${kind === "helm" ? "Helm or another template engine" : "another tool"} replaces before Kubernetes sees it; what is said about it may be wrong or incomplete. ` +
      (kind === "helm"
        ? "Render it first, for example: helm template NAME CHART -f values.yaml | azwi-migrate scan -f -"
        : "Run the tool that fills the values in, and give its output to -f."),
  },
  "object-incomplete": {
    title: "An incomplete or malformed object",
    explain: ({ reason }) =>
      `The API server would not take it, or not as it is meant: ${text(reason)}. Where it is a kustomize base or patch, give the built result instead: kustomize build DIR | azwi-migrate scan -f -`,
  },
  "duplicate-object": {
    title: "The same object twice",
    explain: ({ first }) =>
      `An object of this kind, namespace and name already stands at ${text(first)}, and that one counts. Scan environments or overlays one at a time.`,
  },
  "namespace-assumed": {
    title: "A namespace was assumed",
    explain: ({ namespace }) =>
      `Objects in this file name no namespace, so ${text(namespace)} was assumed. Give -n with the namespace that they are deployed to.`,
  },
  "namespace-not-seen": {
    title: "A chosen namespace that is nowhere",
    explain: ({ namespaces }) =>
      `Nothing that was read is in ${listed(namespaces)}, which -n or the config file chooses. Check the spelling.`,
  },
  "pod-identity-mode-assumed": {
    title: "The mode of pod identity was assumed",
    explain: ({ mode }) =>
      `NMI is not among the files, or in several modes, so that they do not tell how AAD Pod Identity is installed: ${text(mode)} mode was assumed. In namespaced and managed mode identities do not reach across namespaces. Give --pod-identity-mode to say which it is.`,
  },
  "decision-without-subject": {
    title: "Decisions about what is not there",
    explain: ({ keys }) =>
      `The config file decides about ${listed(keys)}, and nobody of that name uses pod identity in what was read. Where that is no other cluster's, check the spelling: NAMESPACE/KIND/NAME, or a client id.`,
  },
  "usage-since-baseline": {
    title: "It has started to use pod identity since the baseline",
    explain: () =>
      'The baseline does not have it among the users of pod identity. Give it workload identity from the start: a service account with the annotation azure.workload.identity/client-id, and the pod label azure.workload.identity/use: "true".',
  },
  "legacy-field-case": {
    title: "A field in the spelling of old releases",
    explain: ({ field, expected }) =>
      `${text(field)} was read as ${text(expected)}, but AAD Pod Identity 1.6.0 and later ignores this spelling. If the object is applied as it stands its field is empty: compare it with the one in the cluster, and rename the field.`,
  },
};
