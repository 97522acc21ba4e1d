import type { Owner } from "../model.ts";
import { isArgoCDManager } from "./argocd.ts";
import { isFluxManager } from "./flux.ts";
import type { Evidence } from "./owner.ts";

/** Field managers of the tools that write objects again and again. Terraform's provider leaves no other trace on an object. */
const tools: readonly [tool: Owner["tool"], is: (manager: string) => boolean][] = [
  ["argocd", isArgoCDManager],
  ["flux", isFluxManager],
  ["configsync", manager => manager === "configsync"],
  ["fleet", manager => /^fleet-?agent$/.test(manager)],
  ["kapp", manager => /^kapp(-server)?$/.test(manager)],
  // Helm names itself after its process: of Terraform's helm provider, terraform-provider-helm_v2.17.0.
  ["helm", manager => /^(helm|terraform-provider-helm)/i.test(manager)],
  ["terraform", manager => /^(terraform|hashicorp)/i.test(manager)],
  ["pulumi", manager => /^pulumi/i.test(manager)],
];

/** The tool that a field manager is; undefined for kubectl, people's own names, and controllers of one cluster. */
export function toolOf(manager: string): Owner["tool"] | undefined {
  return tools.find(([, is]) => is(manager))?.[0];
}

/** The first tool of the list above that wrote any field of the object. */
export const managedByTool: Evidence = ({ object, labels }) => {
  const { managers = [] } = object.metadata;
  for (const [tool, is] of tools) {
    const manager = managers.find(is);
    if (manager === undefined) continue;
    const evidence = `field manager ${manager}`;
    // With Argo CD itself seen at work, the label of its older default is its own.
    const application = tool === "argocd" ? labels["app.kubernetes.io/instance"] : undefined;
    if (application !== undefined) return { tool, kind: "Application", name: application, evidence };
    return { tool, evidence };
  }
  return undefined;
};

/**
 * Whether a tool that wrote an object of this kind of owner is the manager of one of its fields: Argo CD applies what Helm renders
 * under its own name, and Flux's HelmReleases are applied by Helm in Flux's process.
 */
export function isManagerOf(owner: Pick<Owner, "tool">, manager: string): boolean {
  const tool = toolOf(manager);
  return tool === owner.tool || (owner.tool === "flux" && tool === "helm");
}
