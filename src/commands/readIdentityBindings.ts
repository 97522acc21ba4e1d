import pLimit from "p-limit";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { AzureFacts } from "../core/model.ts";
import type { AzureReader } from "./azureReader.ts";

/** The identity bindings of these AKS clusters, by resource id in lower case; nothing where none are named. */
export async function readIdentityBindings(
  clusters: readonly string[],
  { azure, reader }: { azure: AzureAccess; reader: AzureReader },
): Promise<Pick<AzureFacts, "identityBindings">> {
  if (clusters.length === 0) return {};
  const limit = pLimit(8);
  const read = await Promise.all(
    clusters.map(cluster =>
      limit(async () => {
        const bindings = await reader.read(() => azure.listIdentityBindings(cluster));
        return [cluster.toLowerCase(), "value" in bindings ? bindings.value : { failed: bindings.failed }] as const;
      }),
    ),
  );
  return { identityBindings: new Map(read) };
}
