import { createHash } from "node:crypto";
import type { Container, KubernetesObject, Pod, Volume } from "./object.ts";
import { injectProxy } from "./proxyContainers.ts";

const USE_LABEL = "azure.workload.identity/use";
const PREFIX = "azure.workload.identity/";
const AUDIENCE = "api://AzureADTokenExchange";
const CA_PATH = "ca-cert/ca.crt";

/** The releases of the Azure Workload Identity webhook that are imitated; they differ in volume, mount path and token path. */
export type WebhookVersion = "1.5.1" | "1.6.0";

export interface WebhookSettings {
  version: WebhookVersion;
  /** What the webhook injects where the service account names no tenant. */
  tenantId: string;
  /** AZURE_AUTHORITY_HOST, with the slash at its end. */
  authorityHost: string;
  /** `use-SUFFIX` with the value true asks for a token of this audience; absent: not set up. Since 1.6.0. */
  identityBinding?: IdentityBindingSettings;
  /** From Kubernetes 1.32 on the proxy is a native sidecar. */
  nativeSidecar: boolean;
}

/** The webhook's two flags of custom token endpoints, and what AKS sets beside them. */
export interface IdentityBindingSettings {
  annotationSuffix: string;
  audience: string;
  /** AZURE_KUBERNETES_TOKEN_PROXY. */
  tokenProxy: string;
  /** AZURE_KUBERNETES_SNI_NAME; not injected where it is empty. */
  sniName: string;
  /** Of the ConfigMap with the proxy's certificate, in the pod's namespace. */
  caConfigMap: string;
}

/** The webhook's refusal, answered with HTTP 400. */
export class WebhookDenial extends Error {
  override name = "WebhookDenial";
}

/** Whether the webhook's objectSelector selects the pod: the label on the pod itself, exactly "true". */
export function isSelected(pod: Pod): boolean {
  return pod.metadata.labels?.[USE_LABEL] === "true";
}

/**
 * Mutates the pod as Azure/azure-workload-identity does (pkg/webhook/webhook.go Handle, mutateContainers,
 * addEnvironmentVariables, addProjectedVolume). Throws a WebhookDenial with the webhook's words.
 */
export function mutatePod(pod: Pod, serviceAccount: KubernetesObject, settings: WebhookSettings): void {
  if (pod.metadata.annotations?.[`${PREFIX}inject-proxy-sidecar`] !== undefined) {
    if (pod.spec.hostNetwork) throw new WebhookDenial("hostNetwork is set to true, cannot inject proxy sidecar");
    injectProxy(pod, { ...settings, port: proxyPort(pod) });
  }
  const expirationSeconds = tokenExpiration(pod, serviceAccount);
  const token = tokenVolume(pod, settings.version);
  const binding = bindingAskedFor(pod, settings);
  const annotations = serviceAccount.metadata.annotations ?? {};
  const environment = {
    AZURE_CLIENT_ID: annotations[`${PREFIX}client-id`] ?? "",
    AZURE_TENANT_ID: annotations[`${PREFIX}tenant-id`] ?? settings.tenantId,
    AZURE_FEDERATED_TOKEN_FILE: `${token.mountPath}/${token.path}`,
    AZURE_AUTHORITY_HOST: settings.authorityHost,
    ...(binding
      ? {
          AZURE_KUBERNETES_TOKEN_PROXY: binding.tokenProxy,
          AZURE_KUBERNETES_SNI_NAME: binding.sniName,
          AZURE_KUBERNETES_CA_FILE: `${token.mountPath}/${CA_PATH}`,
        }
      : {}),
  };
  const skipped = (pod.metadata.annotations?.[`${PREFIX}skip-containers`] ?? "").split(";").map(name => name.trim());
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    if (skipped.includes(container.name)) continue;
    addEnvironment(container, environment);
    addMount(container, token);
  }
  addVolume(pod, settings.version, token.path, {
    name: token.name,
    projected: {
      sources: [
        { serviceAccountToken: { audience: binding?.audience ?? AUDIENCE, expirationSeconds, path: token.path } },
        ...(binding
          ? [{ configMap: { name: binding.caConfigMap, items: [{ key: "ca.crt", path: CA_PATH }], optional: false } }]
          : []),
      ],
    },
  });
}

/** isUsingCustomTokenEndpoint: the value's case does not count. */
function bindingAskedFor(pod: Pod, { version, identityBinding }: WebhookSettings): IdentityBindingSettings | undefined {
  if (version === "1.5.1" || !identityBinding) return undefined;
  const value = pod.metadata.annotations?.[`${PREFIX}use-${identityBinding.annotationSuffix}`];
  return value?.toLowerCase() === "true" ? identityBinding : undefined;
}

function proxyPort(pod: Pod): number {
  const text = pod.metadata.annotations?.[`${PREFIX}proxy-sidecar-port`];
  if (text === undefined) return 8000;
  const port = parseInteger(text, 32);
  if (typeof port === "string") throw new WebhookDenial(`failed to parse proxy sidecar port: ${port}`);
  return port;
}

function tokenExpiration(pod: Pod, serviceAccount: KubernetesObject): number {
  const key = `${PREFIX}service-account-token-expiration`;
  const text = pod.metadata.annotations?.[key] || serviceAccount.metadata.annotations?.[key];
  if (!text) return 3600;
  const seconds = parseInteger(text, 64);
  if (typeof seconds === "string") throw new WebhookDenial(seconds);
  if (seconds < 3600 || seconds > 86400) {
    throw new WebhookDenial(`token expiration ${seconds} not valid. Expected value to be between 3600 and 86400`);
  }
  return seconds;
}

/** Go's strconv.ParseInt in base 10: the number, or the text of its error. */
function parseInteger(text: string, bits: 32 | 64): number | string {
  const failed = `strconv.ParseInt: parsing ${JSON.stringify(text)}: `;
  if (!/^[+-]?\d+$/.test(text)) return `${failed}invalid syntax`;
  const value = BigInt(text);
  if (BigInt.asIntN(bits, value) !== value) return `${failed}value out of range`;
  return Number(value);
}

interface TokenVolume {
  name: string;
  mountPath: string;
  path: string;
}

function tokenVolume(pod: Pod, version: WebhookVersion): TokenVolume {
  if (version === "1.5.1") {
    return { name: "azure-identity-token", mountPath: "/var/run/secrets/azure/tokens", path: "azure-identity-token" };
  }
  const prefix = "azure-workload-identity-reserved-";
  const podName = pod.metadata.name || `${pod.metadata.generateName ?? ""} (prefix)`;
  const hash = createHash("sha256").update(podName).digest("hex");
  return {
    name: prefix + hash.slice(0, 63 - prefix.length),
    mountPath: "/var/run/secrets/azure/wi",
    path: "token/azure-identity-token",
  };
}

/** What the container names itself stays, an empty value too; empty values are not injected (since 1.5.1). */
function addEnvironment(container: Container, environment: Record<string, string>): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === "" || container.env?.some(variable => variable.name === name)) continue;
    container.env = [...(container.env ?? []), { name, value }];
  }
}

function addMount(container: Container, { name, mountPath }: TokenVolume): void {
  const others = (container.volumeMounts ?? []).filter(mount => mount.name !== name);
  container.volumeMounts = [...others, { name, mountPath, readOnly: true }];
}

/** Up to 1.5.1 any projected service account token at the same path counts as the volume; later only the same name, which is overwritten. */
function addVolume(pod: Pod, version: WebhookVersion, path: string, volume: Volume): void {
  const volumes = pod.spec.volumes ?? [];
  const present = volumes.some(each =>
    each.projected?.sources?.some(source => source.serviceAccountToken?.path === path),
  );
  if (version === "1.5.1" && present) return;
  pod.spec.volumes = volumes.some(each => each.name === volume.name)
    ? volumes.map(each => (each.name === volume.name ? volume : each))
    : [...volumes, volume];
}
