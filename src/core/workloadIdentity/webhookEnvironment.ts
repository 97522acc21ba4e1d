import { configMapsOf, environmentVariable, type ProgramContainer, type ReadConfigMap } from "../goFlags.ts";
import type { Webhook } from "../model.ts";

/** What the webhook hands on to pods beside what their accounts say (azure-workload-identity v1.6.0, pkg/config/config.go). */
const variables = ["AZURE_TENANT_ID", "AZURE_ENVIRONMENT"];

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

/** The ConfigMaps, one in the published manifests, that a webhook's container has these variables from. */
export function environmentConfigMapsOf(container: ProgramContainer): string[] {
  return configMapsOf(container, variables);
}

/** What a webhook hands on, as far as its Deployment and the ConfigMaps that were read tell. */
export function webhookEnvironment(
  container: ProgramContainer,
  { addon, read }: { addon: boolean; read: ReadConfigMap },
): Pick<Webhook, "tenantID" | "environment"> {
  const [tenantID, environment] = variables.map(name => environmentVariable(container, name, read));
  // The program's own default. How AKS starts its add-on is not published.
  const cloud = environment || (addon ? undefined : "AzurePublicCloud");
  return {
    ...(tenantID && tenantID !== "notReadable" ? { tenantID } : {}),
    ...(cloud && cloud !== "notReadable" ? { environment: cloud } : {}),
  };
}
