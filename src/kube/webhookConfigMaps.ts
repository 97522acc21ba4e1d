import { clusterRef } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { FoundObject, SourceId } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { webhookDeployments } from "../core/workloadIdentity/webhook.ts";
import { settingsConfigMapsOf } from "../core/workloadIdentity/webhookSettings.ts";
import { answerOf } from "./clusterFacts.ts";
import { reasonOf } from "./failure.ts";
import { resourceOf, resourcePath } from "./resources.ts";
import type { Connection } from "./transport.ts";

/**
 * The ConfigMaps, one in a usual installation, that tell the webhook its tenant and its cloud. No other ConfigMap is ever read but the
 * tool's own records.
 *
 * @throws CommandError when no other request can succeed either
 */
export async function readWebhookConfigMaps(
  connection: Connection,
  source: SourceId,
  deployments: readonly FoundObject[],
  signal: AbortSignal,
): Promise<{ objects: KubernetesObject[]; findings: Finding[] }> {
  const [webhook] = webhookDeployments(deployments);
  const objects: KubernetesObject[] = [];
  const findings: Finding[] = [];
  if (!webhook) return { objects, findings };
  const namespace = webhook.ref.namespace ?? "default";
  for (const name of settingsConfigMapsOf(webhook.object)) {
    const answer = await configMapOf(connection, { namespace, name }, signal);
    if (answer instanceof ApiError) {
      const args = { configMap: `${namespace}/${name}`, reason: reasonOf(answer) };
      findings.push(finding("webhook-settings-not-readable", { subject: clusterRef(source) }, args));
    } else objects.push(answer);
  }
  return { objects, findings };
}

async function configMapOf(
  connection: Connection,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<KubernetesObject | ApiError> {
  const kind = { apiVersion: "v1", kind: "ConfigMap" };
  const path = pathOf(kind, { namespace, name });
  const answer = path instanceof ApiError ? path : await answerOf(connection, path, signal);
  if (answer instanceof ApiError) return answer;
  const data = isRecord(answer) && isRecord(answer.data) ? Object.entries(answer.data) : [];
  const texts = data.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { ...kind, metadata: { namespace, name }, data: Object.fromEntries(texts) };
}

/** In a Deployment a ConfigMap may be called what none can be. */
function pathOf(
  kind: { apiVersion: string; kind: string },
  where: { namespace: string; name: string },
): string | ApiError {
  try {
    return resourcePath(resourceOf(kind), where);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
