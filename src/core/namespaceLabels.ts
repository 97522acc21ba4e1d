import { type Facts, isKnown } from "./facts.ts";
import type { SourceId } from "./model.ts";

/**
 * The labels of a namespace, undefined where they could not be read. Every namespace has its name as a label (Kubernetes 1.21); files
 * leave that out.
 */
export function namespaceLabelsOf(
  facts: Facts,
  source: SourceId,
  namespace: string,
): Readonly<Record<string, string>> | undefined {
  const found = facts.objects.find(source, "Namespace", undefined, namespace);
  if (!found && !isKnown(facts, source, "Namespace")) return undefined;
  return { ...found?.object.metadata.labels, "kubernetes.io/metadata.name": namespace };
}
