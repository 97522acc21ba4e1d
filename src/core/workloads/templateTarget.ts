import type { Mapping } from "../model.ts";
import {
  injectProxyAnnotation,
  previewProxyAnnotation,
  proxyPortAnnotation,
  useLabel,
} from "../workloadIdentity/workloadIdentity.ts";

/** What a pod template is to become. */
export interface TemplateTarget {
  serviceAccount: Mapping["serviceAccount"]["name"];
  client: Mapping["client"];
  proxyPort: number;
  /** Version of the cluster's webhook, without "v". */
  webhookVersion?: string | undefined;
  /** What has to change of the annotation by which pods ask for a token of an identity binding. */
  binding?: { key: string; after: string } | undefined;
  /** Live objects have both spellings of the service account field; a manifest gets no second one that it did not have. */
  alias: "always" | "whereItIs";
}

/** The labels and annotations that pods need. */
export function wantedMetadata(
  target: Pick<TemplateTarget, "client" | "proxyPort" | "webhookVersion" | "binding">,
): { map: "labels" | "annotations"; key: string; after: string }[] {
  const label = { map: "labels", key: useLabel, after: "true" } as const;
  const binding = target.binding ? [target.binding] : [];
  if (target.client !== "proxy") return [label, ...binding.map(annotation)];
  const annotations = [
    ...binding,
    { key: injectProxyAnnotation, after: "true" },
    { key: proxyPortAnnotation, after: String(target.proxyPort) },
    ...(target.webhookVersion?.startsWith("1.6.0-alpha.") ? [{ key: previewProxyAnnotation, after: "true" }] : []),
  ];
  return [label, ...annotations.map(annotation)];
}

function annotation(one: { key: string; after: string }) {
  return { map: "annotations" as const, ...one };
}
