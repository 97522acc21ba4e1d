import { isEqual, valueAt } from "./change.ts";
import { type Json, type KubernetesObject, podTemplatePath } from "./kubernetes.ts";
import type { Change, Mapping } from "./model.ts";
import { injectProxyAnnotation, previewProxyAnnotation, proxyPortAnnotation, useLabel } from "./workloadIdentity.ts";

export interface TemplateTarget {
  serviceAccount: Mapping["serviceAccount"]["name"];
  client: Mapping["client"];
  proxyPort: number;
  /** Version of the cluster's webhook, without "v". */
  webhookVersion?: string | undefined;
  /** Live objects have both spellings of the service account field; a manifest gets no second one that it did not have. */
  alias: "always" | "whereItIs";
}

/** What a workload's pod template lacks to be on workload identity; empty when it lacks nothing. */
export function templateChanges(workload: KubernetesObject, current: string, target: TemplateTarget): Change[] {
  const base = podTemplatePath(workload) ?? [];
  const wanted: { path: string[]; after: Json }[] = [{ path: ["metadata", "labels", useLabel], after: "true" }];
  if (target.client === "proxy") {
    wanted.push({ path: ["metadata", "annotations", injectProxyAnnotation], after: "true" });
    wanted.push({ path: ["metadata", "annotations", proxyPortAnnotation], after: String(target.proxyPort) });
    if (target.webhookVersion?.startsWith("1.6.0-alpha.")) {
      wanted.push({ path: ["metadata", "annotations", previewProxyAnnotation], after: "true" });
    }
  }
  if (current !== target.serviceAccount) {
    wanted.push({ path: ["spec", "serviceAccountName"], after: target.serviceAccount });
    // The server fills in the alias; a change of one of the two alone is undone by the other.
    if (target.alias === "always" || valueAt(workload, [...base, "spec", "serviceAccount"]) !== undefined) {
      wanted.push({ path: ["spec", "serviceAccount"], after: target.serviceAccount });
    }
  }
  return wanted.flatMap(({ path, after }) => {
    const full = [...base, ...path];
    const before = valueAt(workload, full);
    if (isEqual(before, after)) return [];
    return [{ path: full, ...(before === undefined ? {} : { before }), after }];
  });
}
