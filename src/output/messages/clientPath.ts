import type { ClientPathFindings } from "../../core/findings/clientPath.ts";
import { enablingCommand, enablingWarning } from "../enablingCommand.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

const sdkInstead =
  "Move the application to an Azure SDK that knows workload identity, and plan it with --client-path sdk.";

function covered(name: string): string {
  return `If that was seen to, say so in the config file: covered: ["${text(name)}"].`;
}

/** What is told of how an application gets its tokens afterwards. */
export const clientPathMessages: Pick<Messages, keyof ClientPathFindings> = {
  "webhook-not-installed": {
    title: "The workload identity webhook is not installed",
    explain: ({ resourceID }) =>
      `Without the mutating webhook pods get neither token nor variables, so they are not switched before it is there. Install it: \`${enablingCommand(resourceID)}\` (clusters outside of AKS: the chart workload-identity-webhook). ${enablingWarning}`,
  },
  "webhook-not-checked": {
    title: "The workload identity webhook was not checked",
    explain: ({ reason }) =>
      `Whether the mutating webhook is installed is unknown: ${text(reason)}. Pods that start without it get no token: check with "kubectl get mutatingwebhookconfigurations azure-wi-webhook-mutating-webhook-configuration".`,
  },
  "proxy-on-host-network": {
    title: "No proxy sidecar on the host network",
    explain: ({ effect }) => {
      const means = {
        denied: "The webhook denies pods that have both hostNetwork and the proxy sidecar.",
        changesTheNode:
          "This version of the webhook (before 1.2.0) would let the proxy sidecar redirect the metadata traffic of the whole node.",
        unknown:
          "The webhook denies pods that have both hostNetwork and the proxy sidecar; before version 1.2.0 these redirected the traffic of the whole node.",
      };
      return `${means[effect]} ${sdkInstead}`;
    },
  },
  "proxy-on-windows": {
    title: "No proxy sidecar on Windows",
    explain: ({ evidence }) =>
      `The pods run on Windows (${text(evidence)}), and the proxy sidecar exists for Linux only. ${sdkInstead}`,
  },
  "proxy-never-ends": {
    title: "Pods that end never do with the proxy sidecar",
    explain: ({ kind, webhook, server }) =>
      `The sidecar goes on when the work of the ${text(kind)} is done, which then never completes. Native sidecars end it from webhook 1.5.0 and Kubernetes 1.32 on; here are webhook ${text(webhook)} and server ${text(server)}. Upgrade, or plan it with --client-path sdk.`,
  },
  "proxy-in-job-not-checked": {
    title: "Whether pods with the proxy sidecar end was not checked",
    explain: ({ kind, missing }) =>
      `The work of the ${text(kind)} completes only where the proxy is a native sidecar (webhook 1.5.0 and Kubernetes 1.32 or later): ${text(missing)}. Plan again where both can be read, or with --client-path sdk.`,
  },
  "proxy-bypassed-by-user": {
    title: "A container runs as the proxy's user",
    explain: ({ containers, user }) =>
      `Containers ${listed(containers)} run as UID ${user}, whose traffic is not redirected to the proxy, because it is the proxy's own user. Give them another runAsUser, or plan the workload with --client-path sdk.`,
  },
  "proxy-cannot-be-root": {
    title: "The pods run as root, which the proxy must not",
    explain: () =>
      "The pod's securityContext has runAsUser: 0, which goes for the proxy too, and the webhook adds that with runAsNonRoot: true: the kubelet would not start it (CreateContainerConfigError). Set runAsUser on the containers that need it and not on the pod, or plan the workload with --client-path sdk.",
  },
  "proxy-asks-itself": {
    title: "The proxy runs as another user than its own",
    explain: ({ user }) =>
      `The pod's securityContext has runAsUser: ${user}, which goes for the proxy too, and of what is sent to 169.254.169.254 that of UID 1501 alone is not redirected to it. Tokens are given out all the same; what the proxy only passes on, as /metadata/instance, it asks of itself without end. Set runAsUser on the containers and not on the pod if the application reads such things.`,
  },
  "proxy-port-taken": {
    title: "The proxy's port is taken",
    explain: ({ port, places, annotation }) =>
      `The proxy would listen on port ${port}, which the pods use already (${listed(places)}): one of the two cannot start. ${annotation === undefined ? "Choose another with --proxy-port, or proxyPort in the config file." : `Set another in the template's annotation ${text(annotation)}, or take the proxy's annotations out.`}`,
  },
  "proxy-port-invalid": {
    title: "The proxy's port is none",
    explain: ({ annotation, value }) =>
      `The template has the annotation ${text(annotation)}: "${text(value)}", which is no port: with the proxy that it asks for none of its pods could be created. Correct it, or take the proxy's annotations out.`,
  },
  "proxy-ignores-selector": {
    title: "The proxy does not read how the identity is selected",
    explain: ({ places, workload }) =>
      `The application seems to select its identity by something else than a client id (${listed(places)}); the proxy ignores that and answers with the identity of the service account, whoever is meant. Let it send client_id, or move it to an SDK with --client-path sdk. ${covered(workload)}`,
  },
  "proxy-after-init-containers": {
    title: "Init containers run before the proxy",
    explain: ({ places }) =>
      `Init containers ask the metadata service (${listed(places)}) before the proxy redirects anything: they get tokens from pod identity as long as it is there, and none afterwards. Move those calls into a container, or let them use the token file.`,
  },
  "proxy-misses-endpoint": {
    title: "An endpoint that the proxy does not serve",
    explain: ({ places }) =>
      `Tokens are asked from an address in a variable (${listed(places)}); the proxy answers for 169.254.169.254 on port 80 alone. Take the variable away or point it there.`,
  },
  "proxy-twice": {
    title: "The template brings containers of the proxy along",
    explain: ({ containers }) =>
      `The template has ${listed(containers)}, as the output of "azwi podidentity detect" does; the webhook adds one of the same name to another list, and the API server refuses a name that stands twice. Take these containers out of the template: the annotation is enough.`,
  },
  "proxy-in-template": {
    title: "The template has containers of the proxy",
    explain: ({ containers }) =>
      `The template has ${listed(containers)} of its own, as the output of "azwi podidentity detect" does. They redirect metadata requests whatever the client path, and age with the manifest: take them out, and choose --client-path proxy where the application needs it.`,
  },
  "proxy-injected-anyway": {
    title: "The proxy sidecar is injected although the path is sdk",
    explain: ({ value }) =>
      `The template has the annotation azure.workload.identity/inject-proxy-sidecar: "${text(value)}", of which the webhook reads only that it is there, "false" or not. Remove it, or plan the workload with --client-path proxy.`,
  },
  "proxy-annotation-without-effect": {
    title: "An annotation that no webhook reads",
    explain: ({ annotation }) =>
      `The template has ${text(annotation)}, which no released webhook reads: the pods get no proxy by it. If the application needs one, plan it with --client-path proxy, which writes azure.workload.identity/inject-proxy-sidecar.`,
  },
  "proxy-against-pod-security": {
    title: "Pod Security forbids the proxy in the namespace",
    explain: ({ namespace, level, version }) =>
      `Namespace ${text(namespace)} enforces the Pod Security level ${text(level)} (${text(version)}), and the proxy's init container is privileged with NET_ADMIN: the new pods would be refused, and the rollout would stand still. ${sdkInstead} ${covered(`Namespace ${namespace}`)}`,
  },
  "proxy-pod-security-warns": {
    title: "Pod Security will complain about the proxy",
    explain: ({ namespace, levels }) =>
      `Namespace ${text(namespace)} has the Pod Security labels ${listed(levels)}: pods with the proxy are let in, with warnings or audit events.`,
  },
  "pod-security-not-checked": {
    title: "The namespace's Pod Security level could not be read",
    explain: ({ namespace }) =>
      `Namespace ${text(namespace)} cannot be read, and where it enforces baseline or restricted, pods with the proxy are refused. Plan again with the right to list namespaces. ${covered(`Namespace ${namespace}`)}`,
  },
  "proxy-against-policy": {
    title: "A policy forbids the proxy's privileged container",
    explain: ({ policies, namespace }) =>
      `${listed(policies)} ${policies.length === 1 ? "denies" : "deny"} privileged containers or the capability NET_ADMIN in namespace ${text(namespace)}, as the deployment safeguards of AKS Automatic do, and the proxy's init container has both. ${sdkInstead} Or exempt the namespace, and name the policy under covered in the config file.`,
  },
  "proxy-policies-not-judged": {
    title: "Policies that may refuse the proxy's containers",
    explain: ({ policies, namespace }) =>
      `${listed(policies)} ${policies.length === 1 ? "judges" : "judge"} the containers of pods in namespace ${text(namespace)}, and what ${policies.length === 1 ? "it says" : "they say"} is not understood here: the proxy's init container is privileged with NET_ADMIN. "plan --dry-run server" has the API server judge such a pod. Where it is let in, name the policies under covered in the config file; else plan with --client-path sdk.`,
  },
  "proxy-without-resources": {
    title: "A quota refuses the proxy's containers",
    explain: ({ quotas, resources }) =>
      `${listed(quotas)} ${quotas.length === 1 ? "asks" : "ask"} every container for ${listed(resources)}, the proxy's containers have none, and no LimitRange fills them in: the new pods would be refused. Add a LimitRange with defaults for containers, or plan with --client-path sdk.`,
  },
  "admission-policies-not-checked": {
    title: "What admission says of the proxy could not be read",
    explain: ({ kinds, namespace }) =>
      `${listed(kinds)} objects cannot be listed, so whether pods with the proxy are let into namespace ${text(namespace)} is unknown. Plan again with the right to list them. ${covered(`Namespace ${namespace}`)}`,
  },
  "token-expiration-invalid": {
    title: "The webhook would deny the token's expiration",
    explain: ({ value, where }) =>
      `azure.workload.identity/service-account-token-expiration on ${text(where)} is "${text(value)}"; the webhook takes whole seconds from 3600 to 86400 and denies the pods otherwise. Correct or remove it.`,
  },
  "every-container-skipped": {
    title: "No container would get the token",
    explain: ({ containers }) =>
      `The annotation azure.workload.identity/skip-containers names ${listed(containers)}: nothing that needs variables and token file would get them. Take the names out of the annotation.`,
  },
  "containers-skipped": {
    title: "Some containers get no token",
    explain: ({ containers }) =>
      `The annotation azure.workload.identity/skip-containers names ${listed(containers)}, which pod identity serves today. If one of them asks Azure for anything, take it out of the annotation.`,
  },
  "secret-before-token": {
    title: "A secret goes before the token",
    explain: ({ places }) =>
      `The template sets credentials of its own (${listed(places)}). With the ids that the webhook adds, DefaultAzureCredential takes them first, for the identity's client id, and fails or stays somebody else. Take them out of the template.`,
  },
  "client-id-from-reference": {
    title: "The client id comes from somewhere that is not read",
    explain: ({ places }) =>
      `The webhook leaves AZURE_CLIENT_ID alone where the template sets it (${listed(places)}), and the value is not read here. It must be the identity's client id: check it, or take the variable out.`,
  },
  "env-from-not-seen": {
    title: "Variables from elsewhere are not read",
    explain: ({ sources }) =>
      `Containers take variables from ${listed(sources)}. What the webhook sets goes before AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_AUTHORITY_HOST in there; an AZURE_CLIENT_SECRET in there would go before the token.`,
  },
  "token-path-wrong": {
    title: "A token path that this webhook does not use",
    explain: ({ places, mounted, workload }) =>
      `The template names a token path (${listed(places)}), while the webhook of this cluster mounts the token below ${text(mounted)}. Read AZURE_FEDERATED_TOKEN_FILE instead. ${covered(workload)}`,
  },
  "token-path-hard-coded": {
    title: "A token path is written into the template",
    explain: ({ places }) =>
      `The template names a token path (${listed(places)}), which moves with the webhook's version, as it did in 1.6.0. Read AZURE_FEDERATED_TOKEN_FILE instead.`,
  },
  "token-volume-clash": {
    title: "The template's token volume keeps the webhook's out",
    explain: ({ volume }) =>
      `Volume ${text(volume)} projects a token at the path azure-identity-token. Webhooks before 1.6.0 then add no volume of their own, but mount one of the name azure-identity-token, and the API server refuses the pods. Remove the volume or give its token another path.`,
  },
  "token-volume-of-its-own": {
    title: "The template projects a token of its own",
    explain: ({ volume, audience }) =>
      `Volume ${text(volume)} projects a service account token for ${text(audience)}. The webhook adds its own beside it; the template's can go once the application reads AZURE_FEDERATED_TOKEN_FILE.`,
  },
  "sdk-readiness": {
    title: "What the template shows of the application's SDK",
    explain: ({ verdict, evidence }) => {
      const means = {
        ready: "seems to know workload identity",
        "not-ready": "seems not to know workload identity",
        unknown: "may or may not know workload identity",
      };
      return `The application ${means[verdict]}: ${listed(evidence)}. This decides nothing: --client-path and the config file do.`;
    },
  },
  "metadata-calls-on-sdk-path": {
    title: "The application asks the metadata service itself",
    explain: ({ places, workload }) =>
      `On the path sdk nothing answers requests to 169.254.169.254 once pod identity is gone, and the template has some (${listed(places)}). Move them to an SDK or to the token file, or choose the proxy: --client-path proxy, or in the config file workloads: "${text(workload)}": clientPath: proxy.`,
  },
};
