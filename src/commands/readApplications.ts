import pLimit from "p-limit";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { ApplicationFacts, AzureFacts } from "../core/model.ts";
import type { AzureReader } from "./azureReader.ts";

type SeenApplication = ApplicationFacts | { homeTenant: string } | "notFound" | { failed: string };

/** What Microsoft Graph says of applications, by client id in lower case; absent where nobody needs one. */
export async function readApplications(
  clientIDs: readonly string[],
  { azure, reader }: { azure: AzureAccess; reader: AzureReader },
): Promise<Pick<AzureFacts, "applications">> {
  if (clientIDs.length === 0) return {};
  const applications = new Map<string, SeenApplication>();
  const limit = pLimit(8);
  const readOne = async (clientID: string): Promise<SeenApplication> => {
    const read = await reader.read(() => azure.getApplication(clientID));
    if (!("value" in read)) return { failed: read.failed };
    if (read.value === undefined) return "notFound";
    if (read.value.homeTenant !== undefined) return { homeTenant: read.value.homeTenant };
    const listed = await reader.read(() => azure.listCredentials(clientID));
    return "value" in listed ? { credentials: listed.value } : { failed: listed.failed };
  };
  await Promise.all(clientIDs.map(id => limit(async () => applications.set(id, await readOne(id)))));
  return { applications };
}
