import type { ClientPathFindings } from "../../core/findings/clientPath.ts";
import type { Page } from "./page.ts";

const webhook = "Azure/azure-workload-identity v1.6.0, pkg/webhook/webhook.go";
const proxy = "Azure/azure-workload-identity v1.6.0, pkg/proxy/proxy.go";
const redirection = "Azure/azure-workload-identity v1.6.0, init/init-iptables.sh";
const podSecurity = "https://kubernetes.io/docs/concepts/security/pod-security-admission/";
const sdkInstead =
  "Move the application to an Azure SDK that knows workload identity and use the path sdk (--client-path sdk, or clientPath in the config file).";

export const clientPathPages: Record<keyof ClientPathFindings, Page> = {
  "webhook-not-installed": {
    what: "The cluster has no mutating webhook of workload identity.",
    why: "The webhook puts token file and variables into pods when they are created. Without it switched pods start with neither, and lose what pod identity gave them. Service accounts and federated credentials do not need it: stage prepare goes on, the switch waits (with identity bindings all of it does, since not every webhook knows them).",
    todo: "AKS: az aks update --enable-oidc-issuer --enable-workload-identity, which restarts the API server, changes the issuer of new tokens where it was off before, and cannot be undone; the finding prints the whole command. Elsewhere: the Helm chart workload-identity-webhook. Then plan and apply again: what is prepared stays, the switch is added.",
    source: "https://learn.microsoft.com/azure/aks/workload-identity-deploy-cluster",
  },
  "webhook-not-checked": {
    what: "The webhook configurations of the cluster could not be listed.",
    why: "Pods that are created while no webhook is there get no token.",
    todo: "Ask for the right to list mutatingwebhookconfigurations, or let somebody who has it look for azure-wi-webhook-mutating-webhook-configuration.",
    source: "Azure/azure-workload-identity v1.6.0, deploy/azure-wi-webhook.yaml",
  },
  "proxy-on-host-network": {
    what: "The pods are on the host's network, and the client path is proxy.",
    why: "The proxy's init container redirects traffic in the network namespace of its pod; on the host's network that is the whole node. The webhook denies such pods since 1.2.0; before, it changed the node.",
    todo: sdkInstead,
    source: `${webhook}, Handle`,
  },
  "proxy-on-windows": {
    what: "The pods run on Windows, and the client path is proxy.",
    why: "The proxy and its redirection with iptables exist for Linux only. The path sdk works on Windows.",
    todo: sdkInstead,
    source: redirection,
  },
  "proxy-never-ends": {
    what: "Pods that end, those of Jobs and CronJobs and others with restartPolicy Never or OnFailure, would get the proxy as an ordinary container.",
    why: "Such a pod is complete when all its containers have ended, and the proxy never does. From webhook 1.5.0 and Kubernetes 1.32 on it is a native sidecar, which ends with the pod.",
    todo: "Upgrade webhook and cluster, or use the path sdk for this workload.",
    source: `${webhook}, NewPodMutator; issue 773`,
  },
  "proxy-in-job-not-checked": {
    what: "Whether the proxy would be a native sidecar depends on the versions of webhook and API server, and one of them is unknown.",
    why: "As an ordinary container the proxy keeps pods that should end, as those of a Job, from ever completing.",
    todo: "Plan with a cluster whose webhook Deployment can be read, or use the path sdk.",
    source: `${webhook}, NewPodMutator`,
  },
  "proxy-bypassed-by-user": {
    what: "A container runs as UID 1501.",
    why: "That is the proxy's own user: what it sends to 169.254.169.254 is let through and not redirected, or the proxy would ask itself.",
    todo: "Give the container another runAsUser, or use the path sdk.",
    source: redirection,
  },
  "proxy-cannot-be-root": {
    what: "The pod template says runAsUser: 0 for all containers, and the client path is proxy.",
    why: "Since 1.1.0 the webhook adds azwi-proxy with runAsNonRoot: true and without a user of its own: it gets the pod's, and the kubelet refuses to start it as root. The pods stay in CreateContainerConfigError.",
    todo: "Move runAsUser from the pod's securityContext to those of the containers, or use the path sdk.",
    source: `${webhook}, injectProxySidecarContainer`,
  },
  "proxy-asks-itself": {
    what: "The pod template says runAsUser for all containers, and that is not 1501, the user of the proxy's image.",
    why: "The webhook gives azwi-proxy no user, so that it gets the pod's. Only what UID 1501 sends to 169.254.169.254 is not redirected: what the proxy passes on to the real metadata service comes back to it. Requests for tokens do not go there.",
    todo: "Nothing where the application asks for tokens alone. Else move runAsUser to the containers' securityContext, or use the path sdk.",
    source: `${redirection}; ${proxy}, defaultPathHandler`,
  },
  "proxy-port-taken": {
    what: "A container of the pods already listens on the port that the proxy would have.",
    why: "Containers of a pod share its network: the second one to listen fails, and either the application or the proxy crashes.",
    todo: "Choose another port: --proxy-port, or proxyPort for the workload in the config file. On the path sdk the template's annotation has it.",
    source: `${webhook}, getProxyPort`,
  },
  "proxy-port-invalid": {
    what: "The template asks for the proxy by annotation, the client path is sdk, and azure.workload.identity/proxy-sidecar-port is no number from 1 to 65535.",
    why: "The webhook denies pods whose value is no number (HTTP 400), the API server those whose number is no port: none can be created once the label is there.",
    todo: "Correct or remove the annotation. The path proxy writes its own.",
    source: `${webhook}, getProxyPort`,
  },
  "proxy-ignores-selector": {
    what: "The application seems to select its identity by mi_res_id, msi_res_id, object_id or principal_id.",
    why: "The proxy reads client_id and resource of a request and nothing else. A request that names an identity in another way gets a token of the service account's identity without a word, whoever was meant. NMI honoured resource ids.",
    todo: "Let the application send client_id, or none where it has one identity; or use the path sdk. Where one identity is all there is and the answer is right anyway, name the workload under covered in the config file.",
    source: `${proxy}, parseTokenRequest`,
  },
  "proxy-after-init-containers": {
    what: "An init container asks the metadata service.",
    why: "The redirection is set up by azwi-proxy-init, which the webhook adds after the template's own init containers. Their requests reach NMI or the node's metadata service instead, and fail or get the node's identity once pod identity is gone.",
    todo: "Move the call into a container, or let the init container exchange the token file itself (az login --federated-token).",
    source: `${webhook}, injectProxyInitContainer`,
  },
  "proxy-misses-endpoint": {
    what: "IDENTITY_ENDPOINT or MSI_ENDPOINT point somewhere else than 169.254.169.254.",
    why: "SDKs that find such a variable ask there. The proxy redirects 169.254.169.254 on port 80 and nothing else.",
    todo: "Take the variables out of the template.",
    source: redirection,
  },
  "proxy-twice": {
    what: "The template has a container of the proxy in a list in which the webhook does not look for it.",
    why: "The webhook looks for azwi-proxy only in the list that it adds to. A native sidecar goes to the init containers, the output of azwi podidentity detect has it among the containers: the name stands twice, and the API server refuses the pod.",
    todo: "Take azwi-proxy and azwi-proxy-init out of the template.",
    source: `${webhook}, injectProxySidecarContainer`,
  },
  "proxy-in-template": {
    what: "The template has containers of the proxy itself, and the client path is sdk.",
    why: "They come from azwi podidentity detect, and redirect metadata requests whatever is planned. Nothing keeps their image current.",
    todo: "Take them out; use the path proxy where the application needs it.",
    source: "Azure/azure-workload-identity v1.6.0, pkg/cmd/podidentity/detect.go",
  },
  "proxy-injected-anyway": {
    what: "The template has the annotation azure.workload.identity/inject-proxy-sidecar, and the client path is sdk.",
    why: "The webhook looks whether the annotation is there and never at its value: false injects the proxy too, with everything that forbids it.",
    todo: "Remove the annotation from the template, or choose the path proxy.",
    source: `${webhook}, shouldInjectProxySidecar; issue 1210`,
  },
  "proxy-annotation-without-effect": {
    what: "The template has the annotation azure.workload.identity/proxy.",
    why: "No released webhook reads it. Who relies on it has no proxy, and still asks NMI.",
    todo: "Choose the path proxy, which writes the annotation that is read, or remove this one.",
    source: "Azure/azure-workload-identity, pkg/webhook/consts.go at all tags",
  },
  "proxy-against-pod-security": {
    what: "The namespace enforces the Pod Security level baseline or restricted.",
    why: "azwi-proxy-init is privileged, adds NET_ADMIN and runs as root, which both levels forbid in every version. Pod Security looks at pods after the webhook: their controller cannot create any, and the rollout stands still without an error of its own.",
    todo: `${sdkInstead} Where the API server exempts the namespace or the controller, name "Namespace NAME" under covered in the config file.`,
    source: podSecurity,
  },
  "proxy-pod-security-warns": {
    what: "The namespace has a Pod Security level for warnings or audit.",
    why: "Pods with the proxy are let in; whoever creates them is warned, and the audit log has an entry.",
    todo: "Nothing. Should the namespace enforce that level later, the pods cannot be created any more.",
    source: podSecurity,
  },
  "pod-security-not-checked": {
    what: "The namespace object could not be read, which carries the Pod Security level.",
    why: "Where it enforces baseline or restricted, pods with the proxy are refused.",
    todo: 'Ask for the right to list namespaces, or name "Namespace NAME" under covered in the config file.',
    source: podSecurity,
  },
  "proxy-against-policy": {
    what: "A Gatekeeper constraint, of Azure Policy or of Gatekeeper's library, denies privileged containers or NET_ADMIN in the namespace.",
    why: "azwi-proxy-init is privileged and adds NET_ADMIN. AKS Automatic enforces this through deployment safeguards and lets only single namespaces be excluded.",
    todo: `${sdkInstead} Or exclude the namespace from the policy assignment or the safeguards, and plan again.`,
    source: "https://learn.microsoft.com/azure/aks/deployment-safeguards",
  },
  "proxy-policies-not-judged": {
    what: "Kyverno policies that enforce, or ValidatingAdmissionPolicies, judge the containers of pods in the namespace.",
    why: "azwi-proxy-init is privileged, adds NET_ADMIN and runs as root, which such policies often forbid. They are written in languages that this tool does not read, and whether a binding enforces a ValidatingAdmissionPolicy is not looked at.",
    todo: "Let the API server judge: plan --dry-run server makes a pod like the workload's, as a dry run. Where it is let in, name the policies under covered in the config file; else use the path sdk.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
  },
  "proxy-without-resources": {
    what: "A ResourceQuota of the namespace counts cpu or memory, and no LimitRange has defaults for containers.",
    why: "Such a quota refuses pods of which any container lacks the request or limit that it counts. The proxy's containers have none.",
    todo: "Add a LimitRange of type Container with default and defaultRequest, or use the path sdk.",
    source: "kubernetes/kubernetes, pkg/quota/v1/evaluator/core/pods.go, Constraints",
  },
  "admission-policies-not-checked": {
    what: "Quotas, limit ranges or constraints, which may refuse pods with the proxy, could not be listed.",
    why: "Refused pods make a rollout stand still.",
    todo: 'Ask for the right to list them, or name "Namespace NAME" under covered in the config file.',
    source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
  },
  "token-expiration-invalid": {
    what: "The annotation azure.workload.identity/service-account-token-expiration on pod template or service account is no whole number from 3600 to 86400.",
    why: "The webhook denies every pod with it (HTTP 400), so that none can be created once the label is there.",
    todo: "Correct or remove the annotation. The one on the pod template goes before the one on the account.",
    source: `${webhook}, getServiceAccountTokenExpiration`,
  },
  "every-container-skipped": {
    what: "The annotation azure.workload.identity/skip-containers names every container, or the proxy's.",
    why: "A skipped container gets neither variables nor token file. A proxy without AZURE_TENANT_ID ends at once, and the pod crashes.",
    todo: "Take the names out of the annotation.",
    source: `${webhook}, mutateContainers; ${proxy}, NewProxy`,
  },
  "containers-skipped": {
    what: "The annotation azure.workload.identity/skip-containers names some of the containers.",
    why: "Pod identity serves all containers of a pod; a skipped one gets no token any more.",
    todo: "See whether these containers ask Azure for anything.",
    source: `${webhook}, getSkipContainers`,
  },
  "secret-before-token": {
    what: "The template sets AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_PASSWORD.",
    why: "DefaultAzureCredential asks EnvironmentCredential first, which is complete once the webhook has added client and tenant id: it then tries the secret with the managed identity's client id.",
    todo: "Take the variable out of the template, if nothing else needs it.",
    source: "https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains",
  },
  "client-id-from-reference": {
    what: "AZURE_CLIENT_ID comes from a Secret, a ConfigMap or a field.",
    why: "The webhook leaves a variable alone that the template sets, whatever its value, and values of Secrets are never read here.",
    todo: "Compare the value with the identity's client id, or take the variable out and let the webhook set it.",
    source: `${webhook}, addEnvironmentVariables`,
  },
  "env-from-not-seen": {
    what: "Containers take variables from Secrets or ConfigMaps as a whole.",
    why: "The webhook does not see them and adds its own, which go before them. A client secret in there would go before the token.",
    todo: "Look whether AZURE_CLIENT_ID, AZURE_TENANT_ID or AZURE_CLIENT_SECRET are among them, and take them out.",
    source: `${webhook}, addEnvironmentVariables`,
  },
  "token-path-wrong": {
    what: "Variables, command or arguments name a path at which this cluster's webhook mounts no token.",
    why: "The path moved with webhook 0.8.0 and again with 1.6.0. An application that reads the wrong one finds no file.",
    todo: "Read AZURE_FEDERATED_TOKEN_FILE, which the webhook sets.",
    source: `${webhook}, buildVolumeMountPath; pull request 1720`,
  },
  "token-path-hard-coded": {
    what: "Variables, command or arguments name the path of the token file.",
    why: "It is right for this webhook, or cannot be compared, and moves with its version. AKS upgrades the webhook by itself.",
    todo: "Read AZURE_FEDERATED_TOKEN_FILE, which the webhook sets.",
    source: `${webhook}, buildVolumeMountPath; pull request 1720`,
  },
  "token-volume-clash": {
    what: "The template has a projected volume with a token at the path azure-identity-token under another name.",
    why: "Webhooks before 1.6.0 take any such volume for their own and add none, but mount azure-identity-token: a mount without volume, which the API server refuses.",
    todo: "Remove the volume, or give its token another path.",
    source: "Azure/azure-workload-identity v1.5.1, pkg/webhook/webhook.go, addProjectedServiceAccountTokenVolume",
  },
  "token-volume-of-its-own": {
    what: "The template projects a service account token for Entra itself.",
    why: "It does no harm beside the webhook's, and shows that somebody has begun to migrate by hand.",
    todo: "Let the application read AZURE_FEDERATED_TOKEN_FILE and remove the volume.",
    source: `${webhook}, addProjectedVolume`,
  },
  "sdk-readiness": {
    what: "What images, variables and command lines of the template show of how the application gets tokens.",
    why: "The path sdk needs libraries that know workload identity; a template shows only hints of that, and none decides anything.",
    todo: "Check the library's version with those who build the application: Azure.Identity 1.9.0, azidentity 1.3.0, azure-identity 1.9.0 (Java) or 1.13.0 (Python), @azure/identity 3.2.0 or later.",
    source: "https://learn.microsoft.com/azure/aks/workload-identity-overview",
  },
  "metadata-calls-on-sdk-path": {
    what: "The template shows requests to the metadata service itself, and the client path is sdk.",
    why: "NMI answers them as long as it is there. With the label alone nothing does, or the node's own identity does once NMI is gone.",
    todo: "Choose the path proxy for this workload (--client-path proxy, or clientPath in the config file), or move the calls to an SDK or the token file.",
    source: "https://learn.microsoft.com/azure/aks/workload-identity-migrate-from-pod-identity",
  },
};
