import type { KubernetesObject, PodSpec, PodTemplate } from "../kubernetes.ts";

/** Keys of azure-workload-identity, pkg/webhook/consts.go at v1.6.0. */
export const useLabel = "azure.workload.identity/use";
export const clientIDAnnotation = "azure.workload.identity/client-id";
export const tenantIDAnnotation = "azure.workload.identity/tenant-id";
export const injectProxyAnnotation = "azure.workload.identity/inject-proxy-sidecar";
export const proxyPortAnnotation = "azure.workload.identity/proxy-sidecar-port";
/** How long the tokens last that the webhook asks for, on the account; a pod's own annotation wins. */
export const tokenExpirationAnnotation = "azure.workload.identity/service-account-token-expiration";
/** Read by no released webhook; the migration page of the AKS preview (v1.6.0-alpha.*) names it. */
export const previewProxyAnnotation = "azure.workload.identity/proxy";

/** AKS's own (Microsoft Learn, aks/identity-bindings.md); other installations of the webhook may have another suffix. */
export const bindingAnnotation = "azure.workload.identity/use-identity-binding";

export const defaultAudience = "api://AzureADTokenExchange";
export const defaultProxyPort = 8000;

/** Whether the webhook takes this pod: exactly "true", on the pod's own labels. */
export function selectsWorkloadIdentity(template: PodTemplate | undefined): boolean {
  return template?.metadata?.labels?.[useLabel] === "true";
}

/** Between an hour and a day (pkg/webhook): pods with any other value are not admitted. */
export function isTokenExpiration(seconds: string): boolean {
  return isWithin(seconds, 3600, 86_400);
}

/** Likewise. */
export function isProxyPort(port: string): boolean {
  return isWithin(port, 1, 65_535);
}

/** As Go's strconv.ParseInt reads it. */
function isWithin(value: string, from: number, to: number): boolean {
  return /^[+-]?\d+$/.test(value) && Number(value) >= from && Number(value) <= to;
}

/** What the webhook projects into a pod for its trust, with the variables that come with it beside those that all get. */
export interface PodToken {
  audience: string;
  variables?: readonly string[];
}

/**
 * Whether the webhook has changed this pod: a container knows its token file, and a projected volume has a token of the
 * audience. Names and paths differ by version (v1.6.0 moved both), so neither is looked at.
 */
export function isMutated(pod: KubernetesObject, token: PodToken): boolean {
  return missingMutations(pod, token).length === 0;
}

/** What a pod lacks of the webhook's work: variables that no container has, and the volume. */
export function missingMutations(pod: KubernetesObject, { audience, variables: more = [] }: PodToken): string[] {
  const spec = (pod.spec ?? {}) as PodSpec;
  const variables = new Set(
    (spec.containers ?? []).flatMap(container => (container.env ?? []).map(variable => variable.name)),
  );
  const wanted = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", ...more];
  const missing = wanted.filter(name => !variables.has(name));
  const projected = (spec.volumes ?? []).some(volume =>
    volume.projected?.sources?.some(source => source.serviceAccountToken?.audience === audience),
  );
  return projected ? missing : [...missing, `projected token volume for ${audience}`];
}

/** Whether two client ids are the same application: GUIDs have no case. What is not there is nobody. */
export function isSameClientID(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a.toLowerCase() === b?.toLowerCase();
}

/** The client ids that a pod's containers are told by value. */
export function clientIDsOf(pod: { spec?: unknown }): string[] {
  return valuesOf(pod, "AZURE_CLIENT_ID");
}

/**
 * What a pod's containers are told by value in a variable. The webhook leaves alone what a template sets itself, so that a pod
 * can carry everything and still be somebody else.
 */
export function valuesOf(pod: { spec?: unknown }, variable: string): string[] {
  const { containers = [] } = (pod.spec ?? {}) as PodSpec;
  const variables = containers.flatMap(({ env = [] }) => env.filter(({ name }) => name === variable));
  return [...new Set(variables.flatMap(({ value }) => (value === undefined ? [] : [value])))];
}
