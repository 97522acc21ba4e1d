import { type KubernetesObject, podTemplateOf, podTemplatePath } from "../core/kubernetes.ts";

/**
 * What this object lacks to be whole, as sentences. kustomize bases and patches are such parts: a base AzureIdentity often holds
 * `type` alone, its overlay the ids without `type`.
 */
export function missingFrom(object: KubernetesObject): string[] {
  const missing: string[] = [];
  const spec = object.spec ?? {};
  if (object.kind === "AzureIdentity") {
    if (spec.type === undefined) missing.push("spec.type is missing");
    if (!spec.clientID) missing.push("spec.clientID is missing");
  }
  if (object.kind === "AzureIdentityBinding" && !spec.azureIdentity) missing.push("spec.azureIdentity is missing");
  if (object.kind === "AzurePodIdentityException" && !spec.podLabels) missing.push("spec.podLabels is missing");
  const path = podTemplatePath(object);
  if (path) {
    const template = podTemplateOf(object);
    if (!template) missing.push(`${path.join(".")} is missing`);
    else if (!template.spec?.containers?.length)
      missing.push(`${[...path, "spec", "containers"].join(".")} is missing`);
  }
  return missing;
}
