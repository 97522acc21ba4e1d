import type { Mapping } from "./model.ts";
import { injectProxyAnnotation, previewProxyAnnotation, proxyPortAnnotation, useLabel } from "./workloadIdentity.ts";

/** What a pod template is to become. */
export interface TemplateTarget {
  serviceAccount: Mapping["serviceAccount"]["name"];
  client: Mapping["client"];
  proxyPort: number;
  /** Version of the cluster's webhook, without "v". */
  webhookVersion?: string | undefined;
  /** Live objects have both spellings of the service account field; a manifest gets no second one that it did not have. */
  alias: "always" | "whereItIs";
}

/** The labels and annotations that pods need. */
export function wantedMetadata(
  target: Pick<TemplateTarget, "client" | "proxyPort" | "webhookVersion">,
): { map: "labels" | "annotations"; key: string; after: string }[] {
  const label = { map: "labels", key: useLabel, after: "true" } as const;
  if (target.client !== "proxy") return [label];
  const annotations = [
    { key: injectProxyAnnotation, after: "true" },
    { key: proxyPortAnnotation, after: String(target.proxyPort) },
    ...(target.webhookVersion?.startsWith("1.6.0-alpha.") ? [{ key: previewProxyAnnotation, after: "true" }] : []),
  ];
  return [label, ...annotations.map(one => ({ map: "annotations" as const, ...one }))];
}
