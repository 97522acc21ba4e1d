import { clusterRef } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { isRecord, type KubernetesObject, kindKey } from "../core/kubernetes.ts";
import type { FoundObject, SourceId } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { webhookConfigMapsOf } from "../core/workloadIdentity/webhook.ts";
import { hintOf, reasonOf } from "./failure.ts";
import { resourceOf, resourcePath } from "./resources.ts";
import type { Connection } from "./transport.ts";

/**
 * The ConfigMaps, one in a usual installation, that tell the webhook its tenant and its cloud. No other ConfigMap is ever read but the
 * tool's own records. Where one cannot be read that is a finding, whatever the reason: all else has been read.
 */
export async function readWebhookConfigMaps(
  connection: Connection,
  source: SourceId,
  objects: readonly FoundObject[],
  signal: AbortSignal,
): Promise<{ objects: KubernetesObject[]; findings: Finding[] }> {
  const ofKind = (kind: string) => objects.filter(({ ref }) => kindKey(ref) === kind);
  const configurations = ofKind(configurationKind).map(({ object }) => object);
  const read: KubernetesObject[] = [];
  const findings: Finding[] = [];
  for (const where of webhookConfigMapsOf(configurations, ofKind("Deployment"))) {
    const answer = await configMapOf(connection, where, signal);
    if (answer instanceof ApiError) {
      const args = { configMap: `${where.namespace}/${where.name}`, reason: reasonOf(answer), ...hintOf(answer) };
      findings.push(finding("webhook-settings-not-readable", { subject: clusterRef(source) }, args));
    } else read.push(answer);
  }
  return { objects: read, findings };
}

const configurationKind = kindKey({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
});

/** One that is not there has nothing to say: pods start without it where it is optional. */
async function configMapOf(
  connection: Connection,
  where: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<KubernetesObject | ApiError> {
  const kind = { apiVersion: "v1", kind: "ConfigMap" };
  const withData = (data: unknown) => {
    const entries = Object.entries(isRecord(data) ? data : {});
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return { ...kind, metadata: where, data: Object.fromEntries(texts) };
  };
  try {
    // In a Deployment a ConfigMap may be called what none can be: then there is no path.
    const path = resourcePath(resourceOf(kind), where);
    const answer = await connection.request({ method: "GET", path, signal });
    return withData(isRecord(answer) ? answer.data : undefined);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 404 ? withData(undefined) : error;
  }
}
