import { podTemplateOf } from "../../src/core/kubernetes.ts";
import type { FoundObject, SourceId } from "../../src/core/model.ts";
import { bindingLabel } from "../../src/core/podIdentity/match.ts";
import { bound } from "../core/factories.ts";

/**
 * A file's objects as a cluster would have them in which its labels mean something: files seldom hold workload, binding and
 * identity together, and what they hold of identities has placeholders. Every label gets an identity of its own, which begins
 * with the prefix: one for all files of a cluster would have no room for their credentials.
 */
export function withIdentities(
  objects: readonly FoundObject[],
  source: SourceId,
  { prefix = "identity" }: { prefix?: string } = {},
): FoundObject[] {
  const own = objects.filter(({ ref }) => !ref.kind.startsWith("AzureIdentity"));
  const labels = new Map<string, { namespace: string; label: string }>();
  for (const { ref, object } of own) {
    const label = podTemplateOf(object)?.metadata?.labels?.[bindingLabel];
    const namespace = ref.namespace ?? "default";
    if (label) labels.set(`${namespace}/${label}`, { namespace, label });
  }
  const made = [...labels.values()].flatMap(({ namespace, label }, index) => {
    const [identity, binding] = bound(`${namespace}/${prefix}-${index}`);
    if (!identity || !binding) return [];
    return [identity, { ...binding, spec: { ...binding.spec, selector: label } }];
  });
  return [
    ...own,
    ...made.map(object => {
      const { apiVersion, kind, metadata } = object;
      return {
        ref: { source, apiVersion, kind, namespace: metadata.namespace ?? "default", name: metadata.name },
        object,
      };
    }),
  ];
}
