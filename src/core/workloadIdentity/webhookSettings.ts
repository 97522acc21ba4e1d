import { isReadable } from "../goFlags.ts";
import { isRecord, type KubernetesObject, podTemplateOf } from "../kubernetes.ts";
import { records } from "../workloads/templateContainers.ts";

/** What the webhook hands on to pods beside what their accounts say (azure-workload-identity, pkg/config/config.go). */
export interface WebhookSettings {
  /** AZURE_TENANT_ID, for accounts that name none. */
  tenantID?: string;
  /** AZURE_ENVIRONMENT: `AzurePublicCloud`; it decides AZURE_AUTHORITY_HOST. */
  environment?: string;
}

const variables = { tenantID: "AZURE_TENANT_ID", environment: "AZURE_ENVIRONMENT" } as const;
const names: readonly string[] = Object.values(variables);

/** github.com/Azure/go-autorest, autorest/azure/environments.go; AzureStackCloud has a file that nobody sees from outside. */
const authorityHosts: ReadonlyMap<string, string> = new Map([
  ["azurecloud", "https://login.microsoftonline.com/"],
  ["azurepubliccloud", "https://login.microsoftonline.com/"],
  ["azureusgovernment", "https://login.microsoftonline.us/"],
  ["azureusgovernmentcloud", "https://login.microsoftonline.us/"],
  ["azurechinacloud", "https://login.chinacloudapi.cn/"],
]);

/** Where a webhook with this AZURE_ENVIRONMENT sends pods for their tokens; undefined where that is not known. */
export function authorityHostOf(environment: string): string | undefined {
  return authorityHosts.get(environment.toLowerCase());
}

type ReadConfigMap = (name: string) => KubernetesObject | undefined;

/** The ConfigMaps of its own namespace that a webhook's Deployment has its settings from, by name. */
export function settingsConfigMapsOf(deployment: KubernetesObject): string[] {
  const named = containersOf(deployment).flatMap(container => [
    ...records(container.envFrom).map(({ configMapRef }) => configMapRef),
    ...records(container.env)
      .filter(({ name }) => typeof name === "string" && names.includes(name))
      .map(keyRefOf),
  ]);
  return [...new Set(named.flatMap(ref => (isRecord(ref) && typeof ref.name === "string" ? [ref.name] : [])))];
}

/** The settings of a webhook, as far as they stand in its Deployment or in ConfigMaps that were read. */
export function webhookSettings(deployment: KubernetesObject, configMap: ReadConfigMap): WebhookSettings {
  const settings: WebhookSettings = {};
  for (const container of containersOf(deployment)) {
    for (const key of ["tenantID", "environment"] as const) {
      const value = variableOf(container, variables[key], configMap);
      if (value !== undefined && value !== "") settings[key] ??= value;
    }
  }
  return settings;
}

/** As the kubelet does: a variable of its own counts before whole ConfigMaps, and of equals the last one. */
function variableOf(
  container: Record<string, unknown>,
  variable: string,
  configMap: ReadConfigMap,
): string | undefined {
  const own = records(container.env).findLast(one => one.name === variable);
  if (own) {
    const ref = keyRefOf(own);
    if (isRecord(ref)) return valueIn(ref, ref.key, configMap);
    return typeof own.value === "string" && isReadable(own.value) ? own.value : undefined;
  }
  for (const { configMapRef, prefix = "" } of records(container.envFrom).reverse()) {
    if (typeof prefix !== "string" || !variable.startsWith(prefix)) continue;
    const found = valueIn(configMapRef, variable.slice(prefix.length), configMap);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueIn(ref: unknown, key: unknown, configMap: ReadConfigMap): string | undefined {
  const data = isRecord(ref) && typeof ref.name === "string" ? configMap(ref.name)?.data : undefined;
  const value = isRecord(data) && typeof key === "string" && Object.hasOwn(data, key) ? data[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function keyRefOf({ valueFrom }: Record<string, unknown>): unknown {
  return isRecord(valueFrom) ? valueFrom.configMapKeyRef : undefined;
}

function containersOf(deployment: KubernetesObject): Record<string, unknown>[] {
  const spec: unknown = podTemplateOf(deployment)?.spec;
  return records(isRecord(spec) ? spec.containers : undefined);
}
